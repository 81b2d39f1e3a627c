import { existsSync } from "node:fs";
import { formatEngine } from "../../cluster/engines.js";
import { EvenkeelError, EXIT, type ExitCode } from "../../errors/evenkeel-error.js";
import { downCluster } from "../../platforms/local/down-cluster.js";
import { clusterPaths } from "../../platforms/local/state-paths.js";
import type { PodTemplate } from "../../ports/platform.js";
import type { WitnessReport } from "../../ports/witness.js";
import { systemClock } from "../../ports/system-clock.js";
import { runUpgrade, type UpgradeOutcome } from "../../upgrade/run-upgrade.js";
import { composeUpgrade, findTarget } from "../compose.js";
import type { CommandContext } from "../context.js";
import { startLoad } from "../start-load.js";
import { makeReport, renderUpgradeReport } from "../upgrade-report.js";
import { bringUp } from "./up.js";
import { POD_DEADLINES } from "./upgrade.js";

export interface DemoOptions {
  readonly from: string;
  readonly to: string;
  /** Commands per second. */
  readonly rate: number;
  /** Leave the cluster running. */
  readonly keep: boolean;
}

/** Load before the first change, so that every client is warm, and after the last. */
const WARM_MS = 2000;
const SOAK_MS = 3000;

interface Seen {
  readonly outcome: UpgradeOutcome;
  readonly witness: WitnessReport;
  readonly phases: Readonly<Record<string, number>>;
}

/** The main job in one go: up, load, upgrade under load, report, down. */
export async function run(outer: CommandContext, options: DemoOptions): Promise<ExitCode> {
  const context: CommandContext = { ...outer, name: outer.name === "default" ? "demo" : outer.name };
  const { home, name } = context;
  if (existsSync(clusterPaths(home, name).dir)) {
    throw new EvenkeelError(`there is a cluster ${name} already, left by an earlier demo or kept on purpose`, {
      code: "DEMO_EXISTS",
      owner: "user",
      exitCode: EXIT.refused,
      hint: `remove it with its data: evenkeel down --name ${name} --purge`,
    });
  }
  const timed = phaseTimer(context);
  const [from, to] = await timed(
    "set-up",
    async () => [await findTarget(context, options.from), await findTarget(context, options.to)] as const,
  );
  try {
    await timed("up", () => bringUp(context, { engine: formatEngine(from) }));
    const { outcome, witness } = await upgradeUnderLoad(context, {
      rate: options.rate,
      target: { engine: to.engine, version: to.version },
      timed,
    });
    if (!options.keep) await timed("down", () => downCluster({ home, name, purge: true }));
    const { "set-up": setUp = 0, ...phases } = timed.phases;
    const report = makeReport({
      from: formatEngine(from),
      to: formatEngine(to),
      failovers: outcome.failovers,
      phases,
      witness,
    });
    const kept = options.keep
      ? `\nThe cluster ${name} was kept: evenkeel status --name ${name}; evenkeel down --name ${name} --purge\n`
      : "";
    const text = `${renderUpgradeReport(report, witness)}\nset-up (engines): ${(setUp / 1000).toFixed(1)} s\n${kept}`;
    context.printResult(text, { ...report, setUpSeconds: Number((setUp / 1000).toFixed(1)) });
    return report.result === "passed" ? EXIT.done : EXIT.failed;
  } catch (error) {
    if (!options.keep) await downCluster({ home, name, purge: true });
    throw error;
  }
}

interface PhaseTimer {
  <T>(phase: string, work: () => Promise<T>): Promise<T>;
  /** Milliseconds. */
  readonly phases: Record<string, number>;
}

function phaseTimer({ recorder }: CommandContext): PhaseTimer {
  const phases: Record<string, number> = {};
  const timed = async <T>(phase: string, work: () => Promise<T>): Promise<T> => {
    const span = recorder.span(phase);
    span.emit("PHASE_STARTED", phase, { phase });
    try {
      const value = await work();
      phases[phase] = span.finish("PHASE_FINISHED", phase, { phase, outcome: "passed" });
      return value;
    } catch (error) {
      span.finish("PHASE_FINISHED", phase, { phase, outcome: "failed" });
      throw error;
    }
  };
  return Object.assign(timed, { phases });
}

async function upgradeUnderLoad(
  context: CommandContext,
  { rate, target, timed }: { readonly rate: number; readonly target: PodTemplate; readonly timed: PhaseTimer },
): Promise<Seen> {
  const cluster = composeUpgrade(context);
  const witness = await timed("load", async () => {
    const running = await startLoad(context, cluster, { rate });
    await systemClock.sleep(WARM_MS, context.signal);
    return running;
  });
  try {
    const outcome = await runUpgrade(cluster, {
      target,
      recorder: context.recorder,
      signal: context.signal,
      ...POD_DEADLINES,
    });
    Object.assign(timed.phases, outcome.phases);
    await timed("soak", () => systemClock.sleep(SOAK_MS, context.signal));
    const report = await timed("read-back", () => witness.finish());
    context.recorder.emit(
      "WITNESS_REPORT",
      `${report.commands} commands, ${report.failed} failed, ${report.lost} lost`,
      report,
    );
    return { outcome, witness: report, phases: timed.phases };
  } catch (error) {
    await witness.abort();
    throw error;
  }
}
