import { setTimeout as sleep } from "node:timers/promises";
import { EvenkeelError, EXIT } from "../../../errors/evenkeel-error.js";
import type { Topology } from "../../../cluster/types.js";
import type { Pod } from "../../../ports/platform.js";
import { upgradeRelease } from "../helm/upgrade-release.js";
import { overlay, type Values } from "../helm/values.js";
import { RESIZED_ANNOTATION } from "./labels.js";
import type { Staging } from "./stage.js";

interface Surge {
  readonly follow: string;
}

export interface ReplicaDeps extends Pick<Staging, "api" | "release" | "helm" | "notify"> {
  readonly pods: () => Promise<readonly Pod[]>;
  readonly observe: (pods: readonly Pod[]) => Promise<Topology>;
}

const surgeOf = (values: Values): readonly Surge[] => (values["surge"] ?? []) as readonly Surge[];
const GONE_MS = 240_000;

/**
 * Agents learn how many pods there are from a mounted ConfigMap, which a kubelet renews when it looks at the pod again: up to two
 * minutes later, and each at another moment. A node that only some of them forget comes back by gossip, so all shall know at
 * once: a changed annotation makes their kubelets look. Without the right to patch pods it merely takes longer.
 */
async function renewMounts({ api, pods }: ReplicaDeps): Promise<void> {
  const value = new Date().toISOString();
  await Promise.allSettled(
    (await pods())
      .filter(({ uid }) => uid !== "")
      .map(({ name }) =>
        api.core.patchNamespacedPod({
          namespace: api.namespace,
          name,
          body: [{ op: "add", path: `/metadata/annotations/${RESIZED_ANNOTATION.replace("/", "~1")}`, value }],
        }),
      ),
  );
}

/**
 * One more pod at the end of the StatefulSet; its agent joins the shard of `primary`.
 * @throws EvenkeelError `POD_NOT_FOUND`, those of helm
 */
export async function addReplica(primary: string, deps: ReplicaDeps): Promise<string> {
  const { release } = deps;
  const pods = await deps.pods();
  if (!pods.some(({ name }) => name === primary)) {
    throw new EvenkeelError(`there is no pod ${primary}`, {
      code: "POD_NOT_FOUND",
      owner: "user",
      hint: `one of: ${pods.map(({ name }) => name).join(", ")}`,
    });
  }
  let added = "";
  await upgradeRelease({
    ...deps,
    what: `add a replica of ${primary}`,
    change: (given, all) => {
      const surge = surgeOf(all);
      added = `${release.fullname}-${release.shards * (1 + release.replicas) + surge.length}`;
      return overlay(given, { surge: [...surge, { follow: primary }] });
    },
  });
  await renewMounts(deps);
  return added;
}

function refuse(message: string, hint: string): EvenkeelError {
  return new EvenkeelError(message, { code: "REPLICA_REMOVAL", owner: "user", exitCode: EXIT.refused, hint });
}

/**
 * Whether a pod can go: a StatefulSet gives up its last pod and no other, and only added ones are not part of the cluster's plan.
 * @returns where its data stays
 * @throws EvenkeelError `REPLICA_REMOVAL`, `POD_OWNS_SLOTS`, both with exit code 3
 */
export async function planRemoval(pod: string, { release, ...deps }: ReplicaDeps): Promise<string> {
  const pods = await deps.pods();
  const last = pods.at(-1);
  const found = pods.find(({ name }) => name === pod);
  if (!found) throw refuse(`there is no pod ${pod}`, `one of: ${pods.map(({ name }) => name).join(", ")}`);
  if (found.ordinal < release.shards * (1 + release.replicas))
    throw refuse(`${pod} belongs to the cluster as it was made`, "helm upgrade with another number of replicas");
  if (found !== last) throw refuse(`${pod} is not the last pod`, `evenkeel remove-replica ${last?.name ?? ""} first`);
  const node = (await deps.observe(pods)).nodes.find(({ address }) => address === found.address);
  if (node && node.slots.length > 0) {
    throw new EvenkeelError(`${pod} owns slots`, {
      code: "POD_OWNS_SLOTS",
      owner: "user",
      exitCode: EXIT.refused,
      hint: `kubectl delete pod ${pod} hands them over first; then the same command again`,
    });
  }
  return `volume claim data-${pod}`;
}

/**
 * Takes the last added pod away; the agents of the others forget its node. Its volume claim stays.
 * @throws EvenkeelError those of {@link planRemoval}, `POD_DOES_NOT_STOP`
 */
export async function removeReplica(pod: string, deps: ReplicaDeps): Promise<void> {
  await planRemoval(pod, deps);
  const before = await deps.pods();
  const address = before.find(({ name }) => name === pod)?.address;
  await upgradeRelease({
    ...deps,
    what: `remove ${pod}`,
    change: (given, all) => overlay(given, { surge: surgeOf(all).slice(0, -1) }),
  });
  await renewMounts(deps);
  for (const end = performance.now() + GONE_MS; ; await sleep(500)) {
    const pods = await deps.pods();
    const known = (await deps.observe(pods)).nodes.some((node) => node.address === address);
    if (!known && !pods.some(({ name }) => name === pod)) return;
    if (performance.now() < end) continue;
    throw new EvenkeelError(`${pod} is not gone within ${GONE_MS / 1000} s`, {
      code: "POD_DOES_NOT_STOP",
      owner: "environment",
      retryable: true,
      hint: `kubectl describe pod ${pod}; evenkeel check pre names nodes that are not forgotten`,
    });
  }
}
