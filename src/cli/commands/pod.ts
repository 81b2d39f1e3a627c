import { EvenkeelError, EXIT, type ExitCode } from "../../errors/evenkeel-error.js";
import type { Platform, Pod } from "../../ports/platform.js";
import { systemClock } from "../../ports/system-clock.js";
import { type Look, waitUntil } from "../../upgrade/wait-until.js";
import type { CommandContext } from "../context.js";
import { openLocal } from "../open-local.js";

export interface PodOptions {
  readonly action: "restart" | "stop" | "start";
  readonly pod: string;
}

/** The grace period of a pod is 120 s; a start with a full sync takes longer than that only with much data. */
const DEADLINE_MS = 240_000;

async function findPod(platform: Platform, name: string): Promise<Pod> {
  const pods = await platform.pods();
  const pod = pods.find((each) => each.name === name);
  if (pod !== undefined) return pod;
  throw new EvenkeelError(`there is no pod ${name}`, {
    code: "POD_NOT_FOUND",
    owner: "user",
    hint: `one of: ${pods.map((each) => each.name).join(", ")}`,
    details: { pod: name },
  });
}

function isReached(action: PodOptions["action"], pod: Pod, before: Pod): boolean {
  switch (action) {
    case "stop":
      return pod.phase === "stopped";
    case "start":
      return pod.phase === "running" && pod.ready;
    case "restart":
      return pod.uid !== before.uid && pod.phase === "running" && pod.ready;
  }
}

const GOALS: Readonly<Record<PodOptions["action"], string>> = {
  stop: "to be stopped",
  start: "to be ready",
  restart: "to be back and ready",
};

/** Stops, starts or restarts one pod the way the platform does it: a primary hands its slots over first. */
export async function run(context: CommandContext, { action, pod: name }: PodOptions): Promise<ExitCode> {
  const { recorder, signal } = context;
  const { platform } = openLocal(context);
  const before = await findPod(platform, name);
  const span = recorder.span(`pod/${name}`);
  const already =
    (action === "stop" && before.phase === "stopped") ||
    (action === "start" && before.phase === "running" && before.ready);
  if (!already) {
    if (action === "start") span.emit("POD_STARTING", `${name} starts`, { pod: name });
    else span.emit("POD_STOPPING", `${name} stops; a primary hands its slots over first`, { pod: name });
    if (action === "restart") await platform.replace(name, before.uid);
    else if (action === "stop") await platform.stop(name);
    else if (before.phase === "stopped") await platform.start(name);
  }
  const look = async (): Promise<Look<Pod>> => {
    const pod = await findPod(platform, name);
    const reached = already || isReached(action, pod, before);
    return reached
      ? { reached, value: pod }
      : { reached, reason: pod.reason || (pod.phase === "running" ? "it runs, not ready yet" : pod.phase) };
  };
  const after = await waitUntil(`${name} ${GOALS[action]}`, look, {
    recorder: span,
    clock: systemClock,
    signal,
    deadlineMs: DEADLINE_MS,
  });
  const state = `${after.phase}${after.ready ? ", ready" : ""}`;
  const text = already ? `${name} is ${state} already\n` : `${name} is ${state}\n`;
  context.printResult(text, {
    result: "done",
    pod: name,
    action,
    changed: !already,
    phase: after.phase,
    ready: after.ready,
  });
  return EXIT.done;
}
