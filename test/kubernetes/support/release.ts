import { randomBytes } from "node:crypto";
import { fileURLToPath } from "node:url";
import { execa, type Result } from "execa";
import { helm3, helm4 } from "../../support/helm.js";
import { type KubeObject, kubeEnv, kubectl, list, until } from "./kube.js";

export const CHART = fileURLToPath(new URL("../../../redis-cluster", import.meta.url));

/** Images of the tests' Kubernetes, and sizes with which several releases fit into a small machine. */
const BASE_VALUES = {
  agent: { image: { repository: "localhost/node", tag: "24" } },
  resources: { requests: { memory: "32Mi" } },
  persistence: { size: "1Gi" },
} as const;

/** @param spec e.g. `redis@7.0`; the tests' Kubernetes has images of several versions */
export function engineValues(spec: string): Values {
  const [engine = "", tag = ""] = spec.split("@");
  return { engine, image: { repository: `localhost/${engine}`, tag } };
}

export type Values = Readonly<Record<string, unknown>>;

export interface Release {
  readonly namespace: string;
  readonly name: string;
  /** `helm upgrade` with further values; fails as Helm does. */
  upgrade(values: Values, options?: HelmOptions): Promise<Result>;
  helm(...args: readonly string[]): Promise<Result>;
  kubectl(...args: readonly string[]): Promise<string>;
  pods(): Promise<readonly KubeObject[]>;
  /** Runs a command of the engine's CLI in a pod. */
  call(pod: string, ...command: readonly string[]): Promise<string>;
  /** Names of the pods whose servers are primaries; one that does not answer is none. */
  primaries(): Promise<readonly string[]>;
  untilReady(seconds: number): Promise<void>;
  /** Addresses with ports for clients: those that the nodes announce. */
  seeds(): Promise<readonly string[]>;
  /** Everything that tells why a test failed. */
  evidence(): Promise<string>;
  remove(): Promise<void>;
}

export interface HelmOptions {
  readonly helm?: 3 | 4;
  readonly flags?: readonly string[];
  readonly timeout?: string;
  /** Answers with the failure instead of throwing. */
  readonly tolerate?: boolean;
}

export interface InstallOptions extends HelmOptions {
  readonly values?: Values;
  readonly name?: string;
  /** Secrets that are there before the release: name -> key -> value. */
  readonly secrets?: (namespace: string) => Promise<Readonly<Record<string, object>>>;
  /** What the engine's CLI needs in a pod, where the cluster has a password or TLS. */
  readonly cliFlags?: readonly string[];
}

async function helm(args: readonly string[], options: HelmOptions & { readonly input?: string }): Promise<Result> {
  const program = await (options.helm === 3 ? helm3() : helm4());
  return execa(program, args, {
    env: await kubeEnv(),
    reject: options.tolerate !== true,
    ...(options.input === undefined ? {} : { input: options.input }),
  });
}

/** A namespace that admits only pods of the strictest Pod Security level. */
export async function makeNamespace(): Promise<string> {
  const namespace = `test-${randomBytes(4).toString("hex")}`;
  await kubectl(["create", "namespace", namespace]);
  await kubectl(["label", "namespace", namespace, "pod-security.kubernetes.io/enforce=restricted"]);
  return namespace;
}

/** Installs the chart in a namespace of its own and waits until Helm says that it is ready. */
export async function installRelease(options: InstallOptions = {}): Promise<Release> {
  const namespace = await makeNamespace();
  const release = openRelease(namespace, options.name ?? "rc", options.cliFlags ?? []);
  const args = ["install", release.name, CHART, "-n", namespace, "--wait", "--timeout", options.timeout ?? "180s"];
  try {
    for (const [secret, stringData] of Object.entries((await options.secrets?.(namespace)) ?? {})) {
      const input = JSON.stringify({ apiVersion: "v1", kind: "Secret", metadata: { name: secret }, stringData });
      await kubectl(["-n", namespace, "apply", "-f", "-"], { input });
    }
    await helm([...args, ...(options.flags ?? []), "-f", "-"], {
      ...options,
      input: JSON.stringify(merge({ ...BASE_VALUES, ...engineValues("redis@7.0") }, options.values ?? {})),
    });
    await release.untilReady(30);
  } catch (error) {
    const evidence = await release.evidence();
    await release.remove();
    throw new Error(`${String(error)}\n${evidence}`, { cause: error });
  }
  return release;
}

function openRelease(namespace: string, name: string, cliFlags: readonly string[]): Release {
  const inNamespace = async (...args: readonly string[]): Promise<string> => kubectl(["-n", namespace, ...args]);
  const pods = (): Promise<readonly KubeObject[]> => list(namespace, "pods", "evenkeel.dev/component=server");
  const call = async (pod: string, ...command: readonly string[]): Promise<string> => {
    const found = (await pods()).find(({ metadata }) => metadata.name === pod);
    const image = (found?.spec["containers"] as { image: string }[] | undefined)?.[0]?.image ?? "";
    const cli = image.includes("valkey") ? "valkey-cli" : "redis-cli";
    return inNamespace("exec", pod, "-c", "server", "--", cli, ...cliFlags, ...command);
  };
  const release: Release = {
    namespace,
    name,
    upgrade: (values, options = {}) => {
      const flags = options.flags ?? ["--wait"];
      const args = ["upgrade", name, CHART, "-n", namespace, "--reuse-values", "--timeout", options.timeout ?? "5m"];
      return helm([...args, ...flags, "-f", "-"], { ...options, input: JSON.stringify(values) });
    },
    helm: (...args) => helm([...args, "-n", namespace], {}),
    kubectl: inNamespace,
    pods,
    call,
    primaries: async () => {
      const names = (await pods()).map(({ metadata }) => metadata.name);
      const roles = await Promise.all(
        names.map(async (pod) => (await call(pod, "ROLE").catch(() => "")).split("\n")[0]),
      );
      return names.filter((_, index) => roles[index] === "master");
    },
    untilReady: async (seconds) => {
      await until(`six ready pods with one view in ${namespace}`, seconds, () => isReady(release));
    },
    seeds: async () => {
      const nodes = await call((await pods())[0]?.metadata.name ?? "", "CLUSTER", "NODES");
      return nodes.split("\n").map(seedOf);
    },
    evidence: () => collectEvidence(release),
    remove: async () => {
      await kubectl(["delete", "namespace", namespace, "--wait=false"]);
      await kubectl(["-n", namespace, "delete", "pods", "--all", "--grace-period=0", "--force"]).catch(() => "");
    },
  };
  return release;
}

/** From a line of CLUSTER NODES, `ID ADDRESS:PORT@BUSPORT,NAME,… …`: the name where the node announces one, as clients do it. */
function seedOf(line: string): string {
  const [, address = "", port = "", name = ""] = /^\S+ (\S+):(\d+)@\d+(?:,([\w.-]*))?/.exec(line) ?? [];
  return `${name === "" ? address : name}:${port}`;
}

async function isReady(release: Release): Promise<boolean> {
  const pods = await release.pods();
  for (const { metadata, status } of pods) {
    const conditions = (status["conditions"] ?? []) as { type: string; status: string }[];
    const ready = conditions.some(({ type, status: is }) => type === "Ready" && is === "True");
    if (!ready || metadata.deletionTimestamp !== undefined) throw new Error(`${metadata.name} is not ready`);
  }
  const infos = await Promise.all(pods.map(({ metadata }) => release.call(metadata.name, "CLUSTER", "INFO")));
  const wrong = infos.find((info) => !info.includes("cluster_state:ok") || !info.includes("cluster_slots_ok:16384"));
  if (pods.length < 6 || wrong !== undefined) throw new Error(wrong ?? `${pods.length} pods`);
  const nodes = await Promise.all(pods.map(({ metadata }) => release.call(metadata.name, "CLUSTER", "NODES")));
  const unhappy = nodes.find((text) => /fail|handshake|noaddr|disconnected/.test(text));
  if (unhappy !== undefined) throw new Error(unhappy);
  return true;
}

async function collectEvidence(release: Release): Promise<string> {
  const tolerant = (text: Promise<string>): Promise<string> => text.catch((error: unknown) => String(error));
  const pods = await release.pods().catch(() => []);
  const parts = [
    tolerant(release.kubectl("get", "pods,jobs,pvc", "-o", "wide")),
    tolerant(release.kubectl("get", "events", "--sort-by=.lastTimestamp")),
    ...pods.flatMap(({ metadata: { name } }) => [
      tolerant(
        release.kubectl("get", "--raw", `/api/v1/namespaces/${release.namespace}/pods/${name}:9640/proxy/status`),
      ),
      tolerant(release.kubectl("logs", name, "-c", "agent", "--tail=60")),
      tolerant(release.kubectl("logs", name, "-c", "server", "--tail=40")),
    ]),
  ];
  return (await Promise.all(parts)).join("\n---\n");
}

/** Objects are merged, everything else is replaced, as Helm does with values. */
export function merge(base: Values, over: Values): Values {
  const merged: Record<string, unknown> = { ...base };
  for (const [key, value] of Object.entries(over)) {
    merged[key] = isValues(value) && isValues(merged[key]) ? merge(merged[key], value) : value;
  }
  return merged;
}

const isValues = (value: unknown): value is Values =>
  typeof value === "object" && value !== null && !Array.isArray(value);
