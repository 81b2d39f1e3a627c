import { randomUUID } from "node:crypto";
import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { RequestListener } from "node:http";
import { SERVER_PORT } from "../../../cluster/constants.js";
import type { ClusterFile } from "../cluster-file.js";
import { placementFor, readClusterFileAt, templateFor } from "../cluster-file.js";
import { readDiskFacts } from "../disk-facts.js";
import { readPodFile } from "../pod-file.js";
import type { PodFile } from "../pod-file.js";
import { readPodStatus } from "../pod-status.js";
import type { PodStatus } from "../pod-status.js";
import { clusterPathsOfPod, podPathsAt } from "../state-paths.js";
import type { ClusterPaths, PodPaths } from "../state-paths.js";
import { writeFileAtomic, writeJsonAtomic } from "../write-file-atomic.js";
import { agentConfigOf } from "./agent-config.js";
import { candidateAddresses, claimAddress } from "./claim-address.js";
import type { AddressClaim } from "./claim-address.js";
import { controlApi } from "./control-api.js";
import type { ControlAnswer } from "./control-api.js";
import { lockPod, unlockPod } from "./lock-pod.js";
import { PodRun } from "./pod-run.js";
import type { Adopted } from "./pod-run.js";
import { adoptProcess } from "./running-process.js";
import { openStatusStore } from "./status-store.js";
import type { StatusStore } from "./status-store.js";
import { createWishes } from "./wishes.js";
import type { Wishes } from "./wishes.js";

interface Kubelet {
  readonly pod: PodFile;
  readonly paths: PodPaths;
  readonly clusterPaths: ClusterPaths;
  readonly store: StatusStore;
  readonly wishes: Wishes;
  readonly handler: RequestListener;
  run: PodRun | undefined;
  claim: AddressClaim | undefined;
}

function log(message: string): void {
  process.stdout.write(`${new Date().toISOString()} ${message}\n`);
}

function requireCluster(paths: ClusterPaths): ClusterFile {
  const cluster = readClusterFileAt(paths);
  if (cluster === undefined) throw new Error(`${paths.clusterFile} is missing`);
  return cluster;
}

function firstStatus(kubelet: PodStatus["kubelet"], pod: PodFile, cluster: ClusterFile): PodStatus {
  return {
    pod: pod.pod,
    ordinal: pod.ordinal,
    uid: "",
    phase: "starting",
    ready: false,
    address: "",
    port: SERVER_PORT,
    controlAddress: "",
    placement: placementFor(cluster, pod.pod),
    template: templateFor(cluster, pod.pod),
    kubelet,
    server: null,
    agent: null,
    containerRestarts: 0,
    agentRestarts: 0,
    reason: "",
    startedAt: "",
  };
}

// The pod that an earlier kubelet left, when its server or agent still runs: it is the same pod, not a new one.
function findAdopted(status: PodStatus): Adopted | undefined {
  const [agent, server] = [adoptProcess(status.agent), adoptProcess(status.server)];
  return agent === undefined && server === undefined ? undefined : { agent, server };
}

const ACCEPTED: ControlAnswer = { status: 202, body: { accepted: true } };

function createHandler(kubelet: Omit<Kubelet, "handler">, token: string): RequestListener {
  const { store, wishes, paths, clusterPaths } = kubelet;
  return controlApi(token, {
    status: () => ({ ...store.get(), dir: clusterPaths.dir, ...readDiskFacts(paths.volume) }),
    replace: (uid) => {
      const present = store.get().uid;
      if (uid !== present) return { status: 409, body: { error: `uid ${uid} was meant, ${present} is here` } };
      if (wishes.wish() === "stop") wishes.start();
      else wishes.end("replace", true);
      return ACCEPTED;
    },
    stop: (handover) => {
      wishes.end("stop", handover);
      return ACCEPTED;
    },
    start: () => {
      wishes.start();
      return ACCEPTED;
    },
    restartContainer: () => {
      kubelet.run?.restartServer();
      return ACCEPTED;
    },
  });
}

async function claimFor(kubelet: Kubelet, cluster: ClusterFile, adopted: boolean): Promise<AddressClaim | undefined> {
  const { store, wishes, pod, clusterPaths, handler } = kubelet;
  const previous = store.get().controlAddress;
  if (cluster.addresses === "stable" && kubelet.claim !== undefined) return kubelet.claim;
  const candidates = (): readonly string[] =>
    adopted ? [previous] : candidateAddresses(cluster, pod.ordinal, { previous, podsDir: clusterPaths.podsDir });
  const onTrouble = (reason: string): void => {
    log(reason);
    store.update({ reason });
  };
  const claim = await claimAddress(candidates, handler, { signal: wishes.ending(), onTrouble });
  if (claim !== undefined) kubelet.claim?.release();
  return claim;
}

/** Brings a pod up, or goes on with the adopted one; undefined when its end is wished before it has an address. */
async function beginPod(kubelet: Kubelet, adopted: Adopted | undefined): Promise<PodRun | undefined> {
  const { store, paths, clusterPaths, pod } = kubelet;
  const cluster = requireCluster(clusterPaths);
  if (adopted === undefined) {
    store.update({
      ...firstStatus(store.get().kubelet, pod, cluster),
      uid: randomUUID(),
      controlAddress: store.get().controlAddress,
      startedAt: new Date().toISOString(),
    });
  }
  const claimed = claimFor(kubelet, cluster, adopted !== undefined).then((claim) => {
    kubelet.claim = claim ?? kubelet.claim;
    return claim;
  });
  // An adopted pod has its address already, and has to be watched (and stopped) also while our own port there is not free.
  const address = adopted === undefined ? (await claimed)?.address : store.get().controlAddress;
  if (address === undefined) return undefined;
  store.update({ address, controlAddress: address });
  mkdirSync(paths.volume, { recursive: true });
  writeFileAtomic(join(clusterPaths.peersDir, paths.pod), `${address}\n`);
  const { template, uid } = store.get();
  writeJsonAtomic(paths.agentConfig, agentConfigOf(cluster, pod.ordinal, { address, template, paths, clusterPaths }));
  log(
    `pod ${uid} on ${address} with ${template.engine} ${template.version}${adopted === undefined ? "" : " (adopted)"}`,
  );
  const run = new PodRun({ address, template, paths, agentProgram: pod.agentProgram, store, log });
  kubelet.run = run;
  void run.start(adopted);
  return run;
}

async function endPod(kubelet: Kubelet, run: PodRun): Promise<string> {
  const { wishes, store, clusterPaths, paths } = kubelet;
  const cluster = requireCluster(clusterPaths);
  const note = await run.terminate(cluster.gracePeriodMs, { hurried: wishes.hurried() });
  kubelet.run = undefined;
  if (cluster.addresses === "pod") {
    // The address is nobody's now, as a pod's name is not resolved any more once it is gone.
    rmSync(join(clusterPaths.peersDir, paths.pod), { force: true });
    store.update({ address: "" });
  }
  return note;
}

async function loop(kubelet: Kubelet, found: Adopted | undefined): Promise<void> {
  const { wishes, store } = kubelet;
  let adopted = found;
  // An earlier kubelet died while it stopped this pod: the stop goes on first.
  const goOnStopping = adopted !== undefined && store.get().phase === "terminating";
  for (;;) {
    const run = await beginPod(kubelet, adopted);
    if (adopted !== undefined && goOnStopping) wishes.end("replace", true);
    adopted = undefined;
    const signal = wishes.ending();
    if (!signal.aborted) {
      await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
    }
    const note = run === undefined ? "" : await endPod(kubelet, run);
    if (wishes.wish() === "stop") {
      store.update({ phase: "stopped", ready: false, reason: note });
      await wishes.wakened();
    }
    if (wishes.wish() === "exit") return;
    wishes.begin();
  }
}

/**
 * Runs one pod's kubelet until it is told to exit (SIGTERM, SIGINT), which stops the pod with its hand-over first.
 *
 * @param podDir folder of the pod
 * @throws EvenkeelError `KUBELET_RUNNING`, `STATE_CORRUPT`
 */
export async function runKubelet(podDir: string): Promise<void> {
  const paths = podPathsAt(podDir);
  const clusterPaths = clusterPathsOfPod(podDir);
  const pod = readPodFile(paths);
  const cluster = requireCluster(clusterPaths);
  mkdirSync(paths.runDir, { recursive: true });
  const self = lockPod(paths.lock);
  try {
    const last = readPodStatus(paths) ?? firstStatus(self, pod, cluster);
    const found = findAdopted(last);
    // What the last kubelet wrote of processes that are gone is not true any more.
    const present = found === undefined ? firstStatus(self, pod, cluster) : { ...last, kubelet: self };
    const store = openStatusStore(paths.statusFile, { ...present, controlAddress: last.controlAddress });
    const wishes = createWishes();
    const base = { pod, paths, clusterPaths, store, wishes, run: undefined, claim: undefined };
    const kubelet: Kubelet = { ...base, handler: (request, response) => handler(request, response) };
    const handler = createHandler(kubelet, readFileSync(clusterPaths.tokenFile, "utf8").trim());
    for (const name of ["SIGTERM", "SIGINT"] as const) process.on(name, () => wishes.end("exit", true));
    log(`kubelet ${self.pid} of ${pod.pod}`);
    await loop(kubelet, found);
    store.update({ phase: "stopped", ready: false, kubelet: null, reason: "" });
    kubelet.claim?.release();
    log("exit");
  } finally {
    unlockPod(paths.lock);
  }
}
