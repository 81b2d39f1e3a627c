import { existsSync, readFileSync, rmSync, rmdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { EvenkeelError } from "../../errors/evenkeel-error.js";
import { askKubelet } from "./kubelet-client.js";
import { lookAtPod, lookAtPods } from "./live-pod.js";
import type { LivePod } from "./live-pod.js";
import { signalProcess } from "./process-identity.js";
import { clusterPaths } from "./state-paths.js";
import type { ClusterPaths } from "./state-paths.js";
import { sweepTrials } from "./throwaway/trials.js";

export interface DownOptions {
  readonly home: string;
  readonly name: string;
  /** Also removes the data and the cluster's folder. */
  readonly purge?: boolean;
  readonly signal?: AbortSignal | undefined;
  readonly notify?: (message: string) => void;
}

export interface DownResult {
  /** Pods that had a living process. */
  readonly stopped: number;
  /** True when a folder was removed. */
  readonly purged: boolean;
}

const POLL_MS = 50;
const SAY_EVERY_MS = 2000;
/** A server that saves a large snapshot may take long; one that does not end in this time does not end by itself. */
const PATIENCE_MS = 150_000;
const ORPHAN_PATIENCE_MS = 15_000;

const livesAtAll = (pod: LivePod): boolean => pod.kubelet !== null || pod.server !== null || pod.agent !== null;

async function waitUntilGone(
  pods: () => readonly LivePod[],
  options: { readonly patienceMs: number; readonly signal: AbortSignal | undefined; notify(message: string): void },
): Promise<boolean> {
  const startedAt = performance.now();
  let saidAt = startedAt;
  for (;;) {
    const left = pods();
    if (left.length === 0) return true;
    const now = performance.now();
    if (now - startedAt > options.patienceMs) return false;
    if (now - saidAt > SAY_EVERY_MS) {
      saidAt = now;
      const waits = left.map((pod) => `${pod.paths.pod} (${pod.status?.reason || "its kubelet"})`).join(", ");
      options.notify(`waits for ${waits}`);
    }
    await sleep(POLL_MS, undefined, options.signal === undefined ? {} : { signal: options.signal });
  }
}

function readToken(paths: ClusterPaths): string {
  try {
    return readFileSync(paths.tokenFile, "utf8").trim();
  } catch {
    return "";
  }
}

async function askToStop(pod: LivePod, token: string): Promise<void> {
  if (pod.kubelet === null) return;
  try {
    // Who stops the whole cluster has nobody to hand over to.
    if (pod.status !== undefined) await askKubelet(pod.status, token, "stop?handover=false");
  } catch (error) {
    if (!(error instanceof EvenkeelError)) throw error;
  }
  // Its own order to exit: a kubelet that did not hear the first one stops the pod with a hand-over, and exits too.
  signalProcess(pod.kubelet, "SIGTERM");
}

function signalOrphans(pods: readonly LivePod[], signal: NodeJS.Signals): void {
  for (const { server, agent, kubelet } of pods) {
    for (const each of signal === "SIGKILL" ? [kubelet, server, agent] : [server, agent]) {
      if (each !== null) signalProcess(each, signal);
    }
  }
}

function removeEmptyFolder(dir: string): void {
  try {
    rmdirSync(dir);
  } catch {
    // Not empty, or gone: somebody else's business.
  }
}

function removeFolder(home: string, paths: ClusterPaths): boolean {
  const ours = existsSync(paths.clusterFile) || existsSync(paths.podsDir);
  if (!ours) return false;
  rmSync(paths.dir, { recursive: true, force: true });
  removeEmptyFolder(dirname(paths.dir));
  removeEmptyFolder(home);
  return true;
}

/**
 * Stops a local cluster without hand-overs and leaves no process of it. Of what is not there it says so: `stopped` is 0.
 *
 * @throws EvenkeelError `PODS_LEFT` when a process could not be ended
 */
export async function downCluster(options: DownOptions): Promise<DownResult> {
  const paths = clusterPaths(options.home, options.name);
  const notify = options.notify ?? ((): void => undefined);
  const found = lookAtPods(paths).filter(livesAtAll);
  if (found.length > 0) notify(`stops ${found.length} pods of ${options.name}`);
  const token = readToken(paths);
  await Promise.all(found.map((pod) => askToStop(pod, token)));

  // A corrupt status file hides a server; what was seen at first and what is written later are both looked for.
  const again = (): readonly LivePod[] => found.map((pod) => lookAtPod(pod.paths)).filter(livesAtAll);
  const waits = { signal: options.signal, notify };
  await waitUntilGone(() => again().filter((pod) => pod.kubelet !== null), { ...waits, patienceMs: PATIENCE_MS });
  signalOrphans(again(), "SIGTERM");
  if (!(await waitUntilGone(again, { ...waits, patienceMs: ORPHAN_PATIENCE_MS }))) signalOrphans(again(), "SIGKILL");
  if (!(await waitUntilGone(again, { ...waits, patienceMs: ORPHAN_PATIENCE_MS }))) {
    throw new EvenkeelError(`processes of ${options.name} do not end, even by SIGKILL`, {
      code: "PODS_LEFT",
      owner: "environment",
      retryable: true,
      hint: "they wait for the system (a dead disk?): look at their state with ps, then run evenkeel down again",
      details: { pods: again().map((pod) => pod.paths.pod) },
    });
  }
  sweepTrials(paths.trialsDir);
  for (const pod of found) rmSync(join(paths.peersDir, pod.paths.pod), { force: true });
  const purged = options.purge === true && removeFolder(options.home, paths);
  return { stopped: found.length, purged };
}
