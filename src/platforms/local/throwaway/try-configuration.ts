import { readFileSync } from "node:fs";
import { createServer } from "node:net";
import { serverConfig } from "../../../agent/server-config.js";
import { readPodStatus } from "../pod-status.js";
import type { ClusterFile, ServerTemplate } from "../cluster-file.js";
import { agentConfigOf } from "../kubelet/agent-config.js";
import { podPaths } from "../state-paths.js";
import type { ClusterPaths } from "../state-paths.js";
import { addressIn } from "../subnet.js";
import { startThrowaway } from "./start-throwaway.js";
import { sweepTrials } from "./trials.js";

const ANSWER_WITHIN_MS = 5000;

/** A port that nobody uses at this moment: the cluster bus listens also where there is no port for clients. */
function findFreePort(address: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen({ host: address, port: 0 }, () => {
      const place = server.address();
      server.close(() => resolve(typeof place === "object" && place !== null ? place.port : 0));
    });
  });
}

/**
 * Starts a server of `template` with the configuration that the cluster's agents serve, and ends it again. It has a folder, a
 * socket and a bus port of its own and knows no other node, so nothing in the cluster is touched.
 *
 * @returns accepted when it answers within 5 s; else the engine's own words
 */
export async function tryConfiguration(
  template: ServerTemplate,
  options: {
    readonly cluster: ClusterFile;
    readonly paths: ClusterPaths;
    readonly password: string | undefined;
    readonly signal?: AbortSignal | undefined;
  },
): Promise<{ readonly accepted: boolean; readonly reason: string }> {
  const { cluster, paths, password, signal } = options;
  sweepTrials(paths.trialsDir);
  const files = podPaths(paths, cluster.placements[0]?.pod ?? "");
  const address = readPodStatus(files)?.address || addressIn(cluster.subnet, 1);
  const agent = agentConfigOf(cluster, 0, { address, template, paths: files, clusterPaths: paths });
  const busPort = await findFreePort(address);
  const token = readFileSync(paths.tokenFile, "utf8").trim();
  const started = await startThrowaway(template, {
    config: (folder) => {
      const served = serverConfig({ ...agent, dataDir: folder }, { password, token }).trimEnd();
      const tls = /^\s*tls-port\s/mu.test(served) ? ["tls-port 0"] : [];
      // The user's own lines come last in what is served: what must not be shared with a living pod is said once more.
      return [served, ...tls, `dir "${folder}"`, `cluster-port ${busPort}`];
    },
    trialsDir: paths.trialsDir,
    answerWithinMs: ANSWER_WITHIN_MS,
    password,
    signal,
  });
  if ("reason" in started) return { accepted: false, reason: started.reason };
  await started.end();
  return { accepted: true, reason: "" };
}
