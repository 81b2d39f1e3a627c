import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { V1Pod } from "@kubernetes/client-node";
import type { WitnessEnd, WitnessProcess } from "../../../ports/witness.js";
import type { AgentCaller } from "../agents/call-agent.js";
import { callApi, findInApi } from "../api/api-error.js";
import type { KubeApi } from "../api/connect.js";
import { COMPONENT_LABEL, RELEASE_LABEL } from "../release/labels.js";
import { followLog } from "./follow-log.js";
import { packProgram } from "./pack-program.js";
import { type RunnerOptions, RUNNER_LABEL, PURPOSE_LABEL, removeStaleJobs } from "./stale-jobs.js";
import { witnessConfigMaps, witnessJob, type WitnessJobSpec, WITNESS_CONTAINER } from "./witness-job.js";

export interface LaunchWitnessJobOptions extends Omit<WitnessJobSpec, "name" | "labels">, RunnerOptions {
  /** The StatefulSet's name; the Job's begins with it. */
  readonly fullname: string;
  /** The Helm release. */
  readonly release: string;
  /** Of the pod `*-N`: the token's Secret is among `secrets`. */
  readonly caller: AgentCaller;
  /** Folder of the bundle. */
  readonly programFolder: string;
  /** The witness's configuration, with `control: "http"` and file paths of the pod. Never secrets. */
  readonly settings: object;
}

const ORDER_TIMEOUT_MS = 5000;
const FOLLOW_MS = 30_000;
const LOOK_MS = 500;
const LAST_WORDS = 20;
/** A pod that was asked to end itself and does not is ended. */
const ABORT_MS = 5000;

/**
 * Starts the witness as a Job in the release's namespace. It is removed when it has ended.
 * @throws EvenkeelError `WITNESS_NOT_BUILT`, those of the API
 */
export async function launchWitnessJob(api: KubeApi, options: LaunchWitnessJobOptions): Promise<WitnessProcess> {
  const { namespace } = api;
  const program = await packProgram(options.programFolder);
  await removeStaleJobs(api, options);
  const name = `${options.fullname.slice(0, 44)}-witness-${randomBytes(3).toString("hex")}`;
  const labels = {
    [COMPONENT_LABEL]: "witness",
    [RELEASE_LABEL]: options.release,
    [RUNNER_LABEL]: options.runner,
    [PURPOSE_LABEL]: options.purpose,
  };
  const spec = { ...options, name, labels };
  const made = await callApi("create the witness's Job", () =>
    api.batch.createNamespacedJob({ namespace, body: witnessJob(spec) }),
  );
  const owner = made.metadata?.uid ?? "";
  try {
    for (const body of witnessConfigMaps(spec, { owner, settings: options.settings, program })) {
      await callApi("create the witness's ConfigMap", () => api.core.createNamespacedConfigMap({ namespace, body }));
    }
    await callApi("start the witness's Job", () =>
      api.batch.patchNamespacedJob({
        namespace,
        name,
        body: [{ op: "replace", path: "/spec/suspend", value: false }],
      }),
    );
  } catch (error) {
    await removeJob(api, name);
    throw error;
  }
  return jobProcess(api, { name, caller: options.caller });
}

/** How the last line of a witness begins. */
const REPORT = '{"type":"report"';

/** What is left is removed by Kubernetes after a while: nothing waits for it. */
async function removeJob(api: KubeApi, name: string): Promise<void> {
  await api.batch
    .deleteNamespacedJob({ namespace: api.namespace, name, propagationPolicy: "Background" })
    .catch(() => undefined);
}

function jobProcess(
  api: KubeApi,
  { name, caller }: { readonly name: string; readonly caller: AgentCaller },
): WitnessProcess {
  const ending = new AbortController();
  const lastWords: string[] = [];
  let listener: (line: string) => void = () => undefined;
  let podName: string | undefined;
  let finishing = false;
  let told = Promise.resolve();

  const onLine = (line: string): void => {
    if (!line.startsWith("{")) lastWords.push(line);
    if (lastWords.length > LAST_WORDS) lastWords.shift();
    // Whoever hears the report may end at once: the Job goes first.
    if (line.startsWith(REPORT)) told = removeJob(api, name).then(() => listener(line));
    else listener(line);
  };
  const order = async (path: string): Promise<boolean> => {
    if (podName === undefined) return false;
    return caller.json(podName, { path, body: {}, timeoutMs: ORDER_TIMEOUT_MS }).then(
      () => true,
      () => false,
    );
  };
  /** Tells the witness that somebody reads it; an order that did not get through is given again. */
  const tend = async (): Promise<void> => {
    for (let since = FOLLOW_MS; !ending.signal.aborted; since += LOOK_MS) {
      if (finishing && (await order("/finish"))) finishing = false;
      if (since >= FOLLOW_MS && (await order("/follow"))) since = 0;
      await sleep(LOOK_MS, undefined, { signal: ending.signal }).catch(() => undefined);
    }
  };

  const gone = (async (): Promise<WitnessEnd> => {
    const reason = await watch(api, name, {
      signal: ending.signal,
      onLine,
      onPod: (found) => {
        podName = found;
        void tend();
      },
    }).catch((error: unknown) => (error instanceof Error ? error.message : String(error)));
    ending.abort();
    await told;
    await removeJob(api, name);
    return { reason, lastWords };
  })();

  return {
    onLine: (hears) => (listener = hears),
    gone,
    finish: () => (finishing = true),
    async kill() {
      if (await order("/abort")) await Promise.race([gone, sleep(ABORT_MS)]);
      ending.abort();
      await gone;
    },
  };
}

interface WatchOptions {
  readonly signal: AbortSignal;
  readonly onLine: (line: string) => void;
  readonly onPod: (name: string) => void;
}

/** From the Job's start to its pod's end. @returns how it ended */
async function watch(api: KubeApi, job: string, { signal, onLine, onPod }: WatchOptions): Promise<string> {
  const labelSelector = `batch.kubernetes.io/job-name=${job}`;
  const look = async (): Promise<V1Pod | undefined> => {
    const { items } = await callApi("list the witness's pods", () =>
      api.core.listNamespacedPod({ namespace: api.namespace, labelSelector }),
    );
    return items[0];
  };
  let pod: V1Pod | undefined;
  while (!signal.aborted && !hasBegun(pod)) {
    await sleep(LOOK_MS, undefined, { signal }).catch(() => undefined);
    pod = (await look().catch(() => pod)) ?? pod;
    const refused = pod === undefined ? await whyNoPod(api, job) : undefined;
    if (refused !== undefined) return refused;
  }
  const name = pod?.metadata?.name;
  if (name === undefined) return "it was ended before its pod was made";
  onPod(name);
  let missing = false;
  await followLog(api, {
    pod: name,
    container: WITNESS_CONTAINER,
    signal,
    onLine,
    ended: async () => {
      const seen = await look();
      missing = seen === undefined;
      pod = seen ?? pod;
      return missing || endOf(pod) !== undefined;
    },
  });
  return endOf(pod) ?? (missing ? "its pod was deleted" : "it was ended");
}

const stateOf = (pod: V1Pod | undefined) => pod?.status?.containerStatuses?.[0]?.state;
const hasBegun = (pod: V1Pod | undefined): boolean => {
  const state = stateOf(pod);
  return state?.running !== undefined || state?.terminated !== undefined || endOf(pod) !== undefined;
};

function endOf(pod: V1Pod | undefined): string | undefined {
  const ended = stateOf(pod)?.terminated;
  if (ended !== undefined) return ended.reason === "OOMKilled" ? "out of memory" : `exit code ${ended.exitCode}`;
  const phase = pod?.status?.phase;
  return phase === "Failed" || phase === "Succeeded" ? (pod?.status?.reason ?? phase) : undefined;
}

/** A pod that admission refuses is never made; only the Job's events tell it. */
async function whyNoPod(api: KubeApi, job: string): Promise<string | undefined> {
  const found = await findInApi("read the witness's Job", () =>
    api.batch.readNamespacedJob({ namespace: api.namespace, name: job }),
  ).catch(() => null);
  if (found === undefined) return "its Job was deleted";
  const failed = found?.status?.conditions?.find(({ type, status }) => type === "Failed" && status === "True");
  return failed?.message;
}
