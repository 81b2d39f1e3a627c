import type { Recorder } from "../events/recorder.js";
import { systemClock } from "../ports/system-clock.js";
import { type Look, waitUntil } from "../upgrade/wait-until.js";
import { type StatusReport, toShardStates } from "./status-report.js";

export interface WaitReadyOptions {
  readonly recorder: Recorder;
  readonly signal: AbortSignal;
  readonly deadlineMs: number;
}

const LOOK_EVERY_MS = 250;

function describe(report: StatusReport): string {
  const ready = report.nodes.filter((node) => node.ready).length;
  const counts = `${ready} of ${report.nodes.length} pods ready, cluster ${report.state}`;
  const [first] = report.problems;
  return first === undefined ? counts : `${counts}; ${first}`;
}

/**
 * Waits until the cluster is formed, serves every slot and every pod is ready; shows its shards on the way.
 * @param read asks for the present state
 * @throws EvenkeelError `DEADLINE`
 */
export async function waitReady(read: () => Promise<StatusReport>, options: WaitReadyOptions): Promise<StatusReport> {
  const { recorder } = options;
  let told = "";
  const look = async (): Promise<Look<StatusReport>> => {
    const report = await read();
    const shards = toShardStates(report);
    const text = JSON.stringify(shards);
    if (text !== told) recorder.emit("TOPOLOGY", `${shards.length} shards`, { shards });
    told = text;
    return report.state === "ok" ? { reached: true, value: report } : { reached: false, reason: describe(report) };
  };
  const clock = systemClock;
  return waitUntil("a formed cluster with every pod ready", look, { ...options, clock, everyMs: LOOK_EVERY_MS });
}
