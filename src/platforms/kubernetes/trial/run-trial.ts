import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { V1Pod } from "@kubernetes/client-node";
import type { TrialStatus } from "../../../agent/routes/trial.js";
import { isEvenkeelError } from "../../../errors/evenkeel-error.js";
import type { AgentCaller } from "../agents/call-agent.js";
import { callApi, findInApi } from "../api/api-error.js";
import type { KubeApi } from "../api/connect.js";
import { describeState } from "../pods/describe-state.js";
import { COMPONENT_LABEL, RELEASE_LABEL, SERVER_CONTAINER } from "../release/labels.js";
import { buildTrialPod, type TrialRequest } from "./trial-pod.js";

/** How a trial came out. */
export type TrialResult =
  | { readonly served: true; readonly engine: string; readonly version: string; readonly keys: number }
  /** `image`: it cannot be had, so no server was tried at all. */
  | { readonly served: false; readonly cause: "image" | "server" | "time"; readonly reason: string };

export interface Trial {
  readonly api: KubeApi;
  readonly caller: AgentCaller;
  readonly deadlineMs: number;
  readonly signal?: AbortSignal | undefined;
}

const LOOK_MS = 250;
const ASK_TIMEOUT_MS = 3000;

const podName = (fullname: string): string => `${fullname}-trial-${randomBytes(3).toString("hex")}`;

async function remove({ api }: Trial, name: string): Promise<void> {
  await findInApi(`remove the pod ${name}`, () =>
    api.core.deleteNamespacedPod({ namespace: api.namespace, name, gracePeriodSeconds: 1 }),
  );
}

/** Trials of commands that were killed. */
async function sweep(trial: Trial, release: string): Promise<void> {
  const { items } = await callApi("list the pods", () =>
    trial.api.core.listNamespacedPod({
      namespace: trial.api.namespace,
      labelSelector: `${RELEASE_LABEL}=${release},${COMPONENT_LABEL}=trial`,
    }),
  );
  for (const pod of items) await remove(trial, pod.metadata?.name ?? "");
}

async function ask({ caller }: Trial, name: string): Promise<TrialStatus | undefined> {
  try {
    return await caller.json<TrialStatus>(name, { path: "/trial", timeoutMs: ASK_TIMEOUT_MS });
  } catch (error) {
    // The agent is on its way, or has just gone with its server: the pod itself says which.
    if (isEvenkeelError(error) && error.code === "AGENT_UNREACHABLE") return undefined;
    throw error;
  }
}

function ended(pod: V1Pod): TrialResult | undefined {
  const { phase, reason } = describeState(pod);
  if (phase !== "crashed") return undefined;
  return { served: false, cause: /image/.test(reason) && !hasStarted(pod) ? "image" : "server", reason };
}

const hasStarted = (pod: V1Pod): boolean =>
  pod.status?.containerStatuses?.some(
    ({ name, state }) => name === SERVER_CONTAINER && state?.terminated !== undefined,
  ) ?? false;

async function follow(trial: Trial, name: string): Promise<TrialResult> {
  const { api, deadlineMs, signal } = trial;
  const end = performance.now() + deadlineMs;
  for (let last = ""; ; await sleep(LOOK_MS, undefined, signal ? { signal } : {})) {
    const pod = await callApi(`read the pod ${name}`, () =>
      api.core.readNamespacedPod({ namespace: api.namespace, name }),
    );
    const over = ended(pod);
    if (over) return over;
    const state = describeState(pod);
    last = state.reason || state.phase;
    if (state.phase === "running") {
      const status = await ask(trial, name);
      if (status?.state === "serving") {
        return { served: true, engine: status.engine ?? "", version: status.version ?? "", keys: status.keys ?? 0 };
      }
      if (status?.state === "failed") return { served: false, cause: "server", reason: status.reason };
      last = status?.reason ?? last;
    }
    if (performance.now() > end)
      return { served: false, cause: "time", reason: `not within ${deadlineMs / 1000} s: ${last}` };
  }
}

/**
 * Runs a throwaway pod until its server serves or has ended, and removes it.
 * @throws EvenkeelError those of the API; the signal's reason
 */
export async function runTrial(request: Omit<TrialRequest, "name">, trial: Trial): Promise<TrialResult> {
  const { api } = trial;
  const { release } = request;
  await sweep(trial, release.name);
  const name = podName(release.fullname);
  await callApi("make a pod for a trial", () =>
    api.core.createNamespacedPod({ namespace: api.namespace, body: buildTrialPod({ ...request, name }) }),
  );
  try {
    return await follow(trial, name);
  } finally {
    await remove(trial, name).catch(() => undefined);
  }
}
