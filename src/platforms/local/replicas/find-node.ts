import { readFileSync } from "node:fs";
import { join } from "node:path";
import { CLUSTER_CONFIG_FILE } from "../../../agent/files.js";
import { SERVER_PORT } from "../../../cluster/constants.js";
import { parseClusterNodes } from "../../../cluster/parse-nodes.js";
import type { NodeEntry, Topology } from "../../../cluster/types.js";
import { observeAll } from "../../../redis/observe-all.js";
import type { ClusterFile } from "../cluster-file.js";
import { readPodStatus } from "../pod-status.js";
import { podPaths } from "../state-paths.js";
import type { ClusterPaths, PodPaths } from "../state-paths.js";

/** Asks the servers of all pods that have an address. */
export function lookAtServers(
  cluster: ClusterFile,
  paths: ClusterPaths,
  password: string | undefined,
): Promise<Topology> {
  const addresses = cluster.placements.flatMap(({ pod }) => readPodStatus(podPaths(paths, pod))?.address || []);
  return observeAll(addresses.map((address) => ({ address, port: SERVER_PORT, password })));
}

/** What a pod's volume says of its own node: also of a server that does not answer. */
export function nodeOf(files: PodPaths): NodeEntry | undefined {
  let text: string;
  try {
    text = readFileSync(join(files.volume, CLUSTER_CONFIG_FILE), "utf8");
  } catch {
    return undefined;
  }
  const lines = text.split("\n").filter((line) => line !== "" && !line.startsWith("vars "));
  return parseClusterNodes(lines.join("\n")).find((node) => node.self);
}

/** The node id that a pod's volume holds. */
export function nodeIdOf(files: PodPaths): string | undefined {
  return nodeOf(files)?.id;
}
