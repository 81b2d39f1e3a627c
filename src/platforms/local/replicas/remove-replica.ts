import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { NodeEntry, Topology } from "../../../cluster/types.js";
import { EXIT, EvenkeelError } from "../../../errors/evenkeel-error.js";
import { connectNode } from "../../../redis/connect-node.js";
import { ReplyError } from "../../../redis/reply-error.js";
import { writeClusterFile } from "../cluster-file.js";
import type { ClusterFile } from "../cluster-file.js";
import { askKubelet } from "../kubelet-client.js";
import { lookAtPod } from "../live-pod.js";
import { signalProcess } from "../process-identity.js";
import { podPaths } from "../state-paths.js";
import type { ClusterPaths, PodPaths } from "../state-paths.js";
import type { ReplicaOptions } from "./add-replica.js";
import { lookAtServers, nodeOf } from "./find-node.js";

const LOOK_EVERY_MS = 50;
/** A kubelet that was told to stop does so within the grace period and a little. */
const STOP_SLACK_MS = 30_000;

function requireKnown(pod: string, files: PodPaths, cluster: ClusterFile): void {
  // A removal that broke off may have left only the folder.
  if (cluster.placements.some((placement) => placement.pod === pod) || existsSync(files.dir)) return;
  throw new EvenkeelError(`there is no pod ${pod} in ${cluster.name}`, {
    code: "POD_NOT_FOUND",
    owner: "user",
    hint: `one of: ${cluster.placements.map((placement) => placement.pod).join(", ")}`,
    details: { pod },
  });
}

/**
 * Requires that nothing is served by this node alone: by its own word and by that of every other node.
 *
 * @throws EvenkeelError `POD_OWNS_SLOTS`
 */
function requireNoSlots(pod: string, node: NodeEntry | undefined, topology: Topology, hint: string): void {
  // Where no server answers, the volume itself has the last word.
  const seen = topology.views.length === 0 ? [node] : topology.views.flatMap(({ nodes }) => nodes);
  if (!seen.some((one) => one?.id === node?.id && (one?.slots.length ?? 0) > 0)) return;
  throw new EvenkeelError(`${pod} is a primary that owns slots`, {
    code: "POD_OWNS_SLOTS",
    owner: "user",
    exitCode: EXIT.refused,
    hint,
    details: { pod },
  });
}

/**
 * Looks whether a pod may be removed; changes nothing.
 *
 * @returns its node, as its volume names it; undefined when it never ran
 * @throws EvenkeelError `POD_NOT_FOUND`, `POD_OWNS_SLOTS`
 */
export async function planRemoval(
  pod: string,
  { cluster, paths, password }: Omit<ReplicaOptions, "programs">,
): Promise<NodeEntry | undefined> {
  const files = podPaths(paths, pod);
  requireKnown(pod, files, cluster);
  const node = nodeOf(files);
  const handOver = `let a replica take them over first: evenkeel pod restart ${pod}; then see who follows: evenkeel status`;
  requireNoSlots(pod, node, await lookAtServers(cluster, paths, password), handOver);
  return node;
}

async function stopForGood(files: PodPaths, paths: ClusterPaths, gracePeriodMs: number): Promise<void> {
  const { kubelet, status } = lookAtPod(files);
  if (kubelet !== null && status !== undefined) {
    // Its agent first waits for a hand-over that names it, as at any stop.
    await askKubelet(status, readFileSync(paths.tokenFile, "utf8").trim(), "stop");
  }
  const endsAt = performance.now() + gracePeriodMs + STOP_SLACK_MS;
  for (;;) {
    const pod = lookAtPod(files);
    if (pod.kubelet !== null && pod.status?.phase === "stopped") signalProcess(pod.kubelet, "SIGTERM");
    if (pod.kubelet === null) {
      // Of a kubelet that was killed.
      for (const orphan of [pod.server, pod.agent]) if (orphan !== null) signalProcess(orphan, "SIGTERM");
      if (pod.server === null && pod.agent === null) return;
    }
    if (performance.now() > endsAt) {
      throw new EvenkeelError(`${pod.paths.pod} does not stop: ${pod.status?.reason ?? "its kubelet is silent"}`, {
        code: "POD_DOES_NOT_STOP",
        owner: "environment",
        retryable: true,
        hint: "run the command again",
        details: { pod: pod.paths.pod },
      });
    }
    await sleep(LOOK_EVERY_MS);
  }
}

/**
 * Every node forgets the id in one go: a node that still knew it would tell the others again once their ban of 60 s is over.
 * A node that cannot be asked is left to its agent, which forgets a failed node that is no pod.
 */
async function forget(nodeId: string, topology: Topology, password: string | undefined): Promise<void> {
  await Promise.all(
    topology.views.map(async ({ address, port }) => {
      const connection = await connectNode({ address, port, password }).catch(() => undefined);
      try {
        await connection?.call("CLUSTER", "FORGET", nodeId);
      } catch (error) {
        // "Unknown node": it has forgotten already.
        if (!(error instanceof ReplyError)) throw error;
      } finally {
        connection?.close();
      }
    }),
  );
}

function shrink(cluster: ClusterFile, pod: string): ClusterFile {
  const overrides = Object.entries(cluster.pods ?? {}).flatMap(([name, { follow, ...rest }]) =>
    name === pod ? [] : [[name, { ...rest, ...(follow === undefined || follow === pod ? {} : { follow }) }] as const],
  );
  return {
    ...cluster,
    placements: cluster.placements.filter((placement) => placement.pod !== pod),
    pods: Object.fromEntries(overrides),
  };
}

function moveAside(files: PodPaths, paths: ClusterPaths): void {
  if (!existsSync(files.dir)) return;
  mkdirSync(paths.removedDir, { recursive: true });
  const stamp = new Date().toISOString().replaceAll(":", "-");
  renameSync(files.dir, join(paths.removedDir, `${files.pod}.${stamp}`));
}

/**
 * Takes a pod without slots out of the cluster: stops it, takes it from the cluster's file, lets every node forget it and moves
 * its folder aside. A removal that broke off anywhere is finished by the next call.
 *
 * @throws EvenkeelError `POD_NOT_FOUND`, `POD_OWNS_SLOTS` (nothing is changed), `POD_DOES_NOT_STOP`
 */
export async function removeReplica(pod: string, options: Omit<ReplicaOptions, "programs">): Promise<void> {
  const { cluster, paths, password } = options;
  const files = podPaths(paths, pod);
  const node = await planRemoval(pod, options);
  await stopForGood(files, paths, cluster.gracePeriodMs);
  const rest = shrink(cluster, pod);
  const topology = await lookAtServers(rest, paths, password);
  // A failover may have made it a primary in between. Nothing of it has been touched then.
  requireNoSlots(pod, node, topology, `start it again: evenkeel up --name ${cluster.name}`);
  if (rest.placements.length < cluster.placements.length) writeClusterFile(paths, rest);
  rmSync(join(paths.peersDir, pod), { force: true });
  if (node !== undefined) await forget(node.id, topology, password);
  moveAside(files, paths);
}
