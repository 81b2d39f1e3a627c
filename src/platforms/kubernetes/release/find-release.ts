import type { V1StatefulSet } from "@kubernetes/client-node";
import { EvenkeelError } from "../../../errors/evenkeel-error.js";
import { callApi, findInApi } from "../api/api-error.js";
import type { KubeApi } from "../api/connect.js";
import { CHART_NAME, NAME_LABEL, RELEASE_LABEL } from "./labels.js";

/** A Helm release of the chart, and what its agents were told. */
export interface KubeRelease {
  /** Name of the Helm release. */
  readonly name: string;
  readonly namespace: string;
  /** Name of the StatefulSet, and the beginning of every other object's. */
  readonly fullname: string;
  /** Of the StatefulSet: one that is made anew under the same name is another cluster. */
  readonly uid: string;
  readonly shards: number;
  /** Replicas per shard. */
  readonly replicas: number;
  readonly addresses: "stable" | "pod";
  /** Of the Kubernetes cluster's own names, e.g. `cluster.local`. */
  readonly clusterDomain: string;
}

interface AgentFile {
  readonly clusterDomain?: unknown;
  readonly shards?: unknown;
  readonly replicas?: unknown;
  readonly addresses?: unknown;
}

const nameOf = (set: V1StatefulSet): string => set.metadata?.labels?.[RELEASE_LABEL] ?? "";

function choose(sets: readonly V1StatefulSet[], { namespace }: KubeApi, release: string | undefined): V1StatefulSet {
  const fitting = release === undefined ? sets : sets.filter((set) => nameOf(set) === release);
  const [found] = fitting;
  if (found && fitting.length === 1) return found;
  const names = sets.map(nameOf).join(", ");
  if (found) {
    throw new EvenkeelError(`namespace ${namespace} has ${fitting.length} releases of the chart: ${names}`, {
      code: "RELEASE_AMBIGUOUS",
      owner: "user",
      hint: `--release one of: ${names}`,
    });
  }
  const what = release === undefined ? `no release of the chart ${CHART_NAME}` : `no release ${release}`;
  throw new EvenkeelError(`namespace ${namespace} has ${what}`, {
    code: "CLUSTER_NOT_FOUND",
    owner: "user",
    hint: names === "" ? "--namespace names another one; helm list -A lists them" : `--release one of: ${names}`,
    details: { namespace, ...(release === undefined ? {} : { release }) },
  });
}

async function readAgentFile(api: KubeApi, fullname: string): Promise<AgentFile> {
  const name = `${fullname}-agent`;
  const map = await callApi(`read the ConfigMap ${name}`, () =>
    api.core.readNamespacedConfigMap({ namespace: api.namespace, name }),
  );
  try {
    return JSON.parse(map.data?.["agent.json"] ?? "") as AgentFile;
  } catch (error) {
    throw new EvenkeelError(`the ConfigMap ${name} has no agent.json that can be read`, {
      code: "RELEASE_UNREADABLE",
      owner: "environment",
      hint: "helm upgrade with the chart of this version of evenkeel",
      cause: error,
    });
  }
}

/**
 * Finds the release in the namespace; where there is only one, it need not be named.
 * @throws EvenkeelError `CLUSTER_NOT_FOUND`, `RELEASE_AMBIGUOUS`, `RELEASE_UNREADABLE`, those of the API
 */
export async function findRelease(api: KubeApi, release: string | undefined): Promise<KubeRelease> {
  const { items } = await callApi("list the StatefulSets", () =>
    api.apps.listNamespacedStatefulSet({ namespace: api.namespace, labelSelector: `${NAME_LABEL}=${CHART_NAME}` }),
  );
  const set = choose(items, api, release);
  const fullname = set.metadata?.name ?? "";
  const { shards, replicas, addresses, clusterDomain } = await readAgentFile(api, fullname);
  return {
    name: nameOf(set),
    namespace: api.namespace,
    fullname,
    uid: set.metadata?.uid ?? "",
    shards: Number(shards),
    replicas: Number(replicas),
    addresses: addresses === "pod" ? "pod" : "stable",
    clusterDomain: typeof clusterDomain === "string" ? clusterDomain : "cluster.local",
  };
}

/**
 * The token of the release's agents, from its Secret; undefined where there is none.
 * @throws EvenkeelError `KUBERNETES_FORBIDDEN`
 */
export async function readToken(api: KubeApi, { fullname }: KubeRelease): Promise<string | undefined> {
  const set = await callApi("read the StatefulSet", () =>
    api.apps.readNamespacedStatefulSet({ namespace: api.namespace, name: fullname }),
  );
  // The volume says where the token is, also when it is a Secret of the user's own.
  const volumes = set.spec?.template.spec?.volumes ?? [];
  const name = volumes.find((volume) => volume.name === "token")?.secret?.secretName ?? `${fullname}-token`;
  const items = volumes.find((volume) => volume.name === "token")?.secret?.items;
  const key = items?.find((item) => item.path === "token")?.key ?? "token";
  const secret = await findInApi(`read the Secret ${name}`, () =>
    api.core.readNamespacedSecret({ namespace: api.namespace, name }),
  );
  const text = secret?.data?.[key];
  return text === undefined ? undefined : Buffer.from(text, "base64").toString("utf8").trim();
}
