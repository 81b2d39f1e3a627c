import type { V1ContainerStatus, V1Pod } from "@kubernetes/client-node";
import type { Pod, PodPhase } from "../../../ports/platform.js";
import { AGENT_CONTAINER, SERVER_CONTAINER } from "../release/labels.js";

export interface PodState {
  readonly phase: PodPhase;
  readonly ready: boolean;
  /** Empty when the phase says all. */
  readonly reason: string;
}

/** Reasons for which a container waits and that do not go by themselves. */
const HOPELESS: Readonly<Record<string, string>> = {
  ErrImagePull: "its image cannot be pulled",
  ImagePullBackOff: "its image cannot be pulled",
  ErrImageNeverPull: "its image is not on the node, and is never pulled",
  InvalidImageName: "the name of its image is none",
  CreateContainerConfigError: "its container cannot be configured",
  CreateContainerError: "its container cannot be made",
  RunContainerError: "its container cannot be run",
  CrashLoopBackOff: "its server ends again and again",
};
const LAST_WORDS_LINES = 4;

/** The lines worth telling of what a server said last: without its banner, and without process and time in front. */
export function lastWords(text: string): string {
  return text
    .split("\n")
    .map((line) => line.replace(/^\d+:[A-Z] \d+ \w+ \d+ [\d:.]+ [.*#-] /u, "").trim())
    .filter((line) => line !== "" && /[\p{L}\d]{2}/u.test(line) && !/^[_.`'|,\s-]/u.test(line))
    .slice(-LAST_WORDS_LINES)
    .join(" / ");
}

function endOf(status: V1ContainerStatus): string {
  const ended = status.state?.terminated ?? status.lastState?.terminated;
  if (!ended) return "";
  const how =
    ended.signal === undefined || ended.signal === 0
      ? `it exited with code ${ended.exitCode}`
      : `signal ${ended.signal} ended it`;
  const said = lastWords(ended.message ?? "");
  const why = ended.reason === "OOMKilled" ? `${how} (out of memory)` : how;
  return said === "" ? why : `${why}. It said: ${said}`;
}

const statusesOf = (pod: V1Pod): readonly V1ContainerStatus[] => [
  ...(pod.status?.initContainerStatuses ?? []),
  ...(pod.status?.containerStatuses ?? []),
];

/** Why this container will not come by itself; undefined when it may. */
function hopeless(status: V1ContainerStatus): string | undefined {
  const waiting = status.state?.waiting;
  const why = HOPELESS[waiting?.reason ?? ""];
  if (why === undefined) return undefined;
  const what = status.name === AGENT_CONTAINER ? why.replace("its server", "its agent") : why;
  const details = waiting?.reason === "CrashLoopBackOff" ? endOf(status) : (waiting?.message ?? "").slice(0, 300);
  const image = /image/i.test(waiting?.reason ?? "") ? ` (${status.image})` : "";
  return `${what}${image}${details === "" ? "" : `: ${details}`}`;
}

function unscheduled(pod: V1Pod): string {
  const scheduled = pod.status?.conditions?.find(({ type }) => type === "PodScheduled");
  return scheduled?.status === "False" ? `no node takes it: ${scheduled.message ?? scheduled.reason ?? ""}` : "";
}

/** What a waiting pod waits for, in one sentence. */
function startingReason(pod: V1Pod): string {
  const waiting = statusesOf(pod).find((status) => status.state?.waiting !== undefined);
  return unscheduled(pod) || (waiting?.state?.waiting?.message ?? waiting?.state?.waiting?.reason ?? "");
}

/** Phase and reason of a pod, from what its kubelet says of its containers. Pure. */
export function describeState(pod: V1Pod): PodState {
  const ready = pod.status?.conditions?.some(({ type, status }) => type === "Ready" && status === "True") ?? false;
  if (pod.metadata?.deletionTimestamp !== undefined) {
    // A server that hands over serves until it is asked to stop, but nobody may count on it.
    return { phase: "terminating", ready: false, reason: "it is being deleted" };
  }
  const server = pod.status?.containerStatuses?.find(({ name }) => name === SERVER_CONTAINER);
  const lost = statusesOf(pod)
    .map(hopeless)
    .find((reason) => reason !== undefined);
  if (lost !== undefined) return { phase: "crashed", ready: false, reason: lost };
  if (pod.status?.phase === "Failed" || pod.status?.phase === "Succeeded") {
    const said = pod.status.message ?? pod.status.reason ?? (server ? endOf(server) : "");
    return { phase: "crashed", ready: false, reason: said === "" ? "the pod has ended" : said };
  }
  if (server?.state?.running !== undefined) return { phase: "running", ready, reason: "" };
  if (server?.state?.terminated !== undefined) return { phase: "crashed", ready: false, reason: endOf(server) };
  return { phase: "starting", ready: false, reason: startingReason(pod) };
}

/** How often the server's container was started again, and how it last ended when it did. */
export function restartsOf(pod: V1Pod): Pick<Pod, "containerRestarts" | "lastExit"> {
  const server = pod.status?.containerStatuses?.find(({ name }) => name === SERVER_CONTAINER);
  const lastExit = server === undefined ? "" : endOf(server);
  return { containerRestarts: server?.restartCount ?? 0, ...(lastExit === "" ? {} : { lastExit }) };
}
