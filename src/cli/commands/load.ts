import { EXIT, type ExitCode } from "../../errors/evenkeel-error.js";
import type { RunningWitness } from "../../ports/witness.js";
import type { Library } from "../../witness/witness-config.js";
import { openCluster } from "../open-cluster.js";
import type { CommandContext } from "../context.js";
import { renderWitnessReport } from "../render-witness-report.js";
import { requireServing } from "../require-serving.js";
import { startLoad } from "../start-load.js";
import { blamedFailures } from "../../upgrade/engine/judge-report.js";
import { DEFAULT_POLICY } from "../../upgrade/policy/policy.js";

export interface LoadOptions {
  /** Commands a second, all clients together. */
  readonly rate: number;
  readonly forMs: number;
  /** @default all */
  readonly clients?: readonly Library[];
}

/** Keys that a broken run leaves behind go by themselves. */
const KEY_TTL_SECONDS = 3600;

/** Before the load runs, Ctrl-C ends the witness; afterwards it ends the load, but not the read-back. */
async function start(context: CommandContext, options: LoadOptions): Promise<RunningWitness> {
  const { signal } = context;
  const cluster = await openCluster(context);
  await requireServing(cluster);
  const starting = new AbortController();
  const stop = (): void => starting.abort(signal.reason);
  if (signal.aborted) stop();
  signal.addEventListener("abort", stop, { once: true });
  try {
    return await startLoad(context, cluster, {
      signal: starting.signal,
      rate: options.rate,
      ttlSeconds: KEY_TTL_SECONDS,
      cleanup: true,
      forSeconds: options.forMs / 1000,
      ...(options.clients === undefined ? {} : { clients: options.clients }),
    });
  } finally {
    signal.removeEventListener("abort", stop);
  }
}

/** Puts real clients on the cluster, reads everything back, reports. */
export async function run(context: CommandContext, options: LoadOptions): Promise<ExitCode> {
  const { recorder, signal } = context;
  const witness = await start(context, options);
  // A load without its read-back has proved nothing: the first Ctrl-C does not skip it.
  const finish = (): void => void witness.finish().catch(() => undefined);
  if (signal.aborted) finish();
  signal.addEventListener("abort", finish, { once: true });
  const report = await witness.ended;
  signal.removeEventListener("abort", finish);
  recorder.emit("WITNESS_REPORT", `${report.commands} commands, ${report.failed} failed, ${report.lost} lost`, report);
  const clean = blamedFailures(report, DEFAULT_POLICY.ignoreErrors) === 0 && report.lost === 0 && report.doubled === 0;
  context.printResult(renderWitnessReport(report), { result: clean ? "passed" : "failed", ...report });
  if (!clean) return EXIT.failed;
  return signal.aborted ? EXIT.interrupted : EXIT.done;
}
