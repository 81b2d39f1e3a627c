import { existsSync } from "node:fs";
import { formatEngine } from "../../cluster/engines.js";
import { EvenkeelError, EXIT, type ExitCode } from "../../errors/evenkeel-error.js";
import { downCluster } from "../../platforms/local/down-cluster.js";
import { clusterPaths } from "../../platforms/local/state-paths.js";
import { runUpgrade } from "../../upgrade/engine/run-upgrade.js";
import { DEFAULT_POLICY, type UpgradePolicy } from "../../upgrade/policy/policy.js";
import { composeUpgrade, engineOptions } from "../compose.js";
import type { CommandContext } from "../context.js";
import { findEngine } from "../find-engine.js";
import { mergeReports } from "../merge-reports.js";
import { makeReport, renderUpgradeReport, type UpgradeReport } from "../upgrade-report.js";
import { bringUp } from "./up.js";

export interface DemoOptions {
  readonly from: string;
  readonly to: string;
  /** Commands per second. */
  readonly rate: number;
  /** Leave the cluster running. */
  readonly keep: boolean;
}

/** A demo is watched, not waited for: short soaks, everything else as in earnest. */
const DEMO_SOAK_MS = 3000;
const DEMO_POLICY: UpgradePolicy = { ...DEFAULT_POLICY, soak: { canaryMs: DEMO_SOAK_MS, ms: DEMO_SOAK_MS } };

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
  const timer = createPhaseTimer(context);
  const [from, target] = await timer.time(
    "set-up",
    async () => [await findEngine(context, options.from), await findEngine(context, options.to)] as const,
  );
  try {
    await timer.time("up", () => bringUp(context, { engine: formatEngine(from) }));
    const cluster = await composeUpgrade(context, { witness: options.rate, policy: DEMO_POLICY });
    const outcome = await runUpgrade(
      cluster,
      engineOptions(context, { cluster: cluster.opened, target, policy: DEMO_POLICY, flags: {}, verb: "demo" }),
    );
    if (!options.keep) await timer.time("down", () => downCluster({ home, name, purge: true }));
    const { "set-up": setUpMs = 0, up = 0, ...rest } = timer.phases;
    const witness = mergeReports(outcome.witness);
    const made = makeReport({
      from: formatEngine(outcome.from),
      to: formatEngine(outcome.to),
      result: outcome.result,
      reason: outcome.reason,
      failovers: outcome.failovers,
      phases: { up, ...outcome.phases, ...rest },
      witness,
    });
    if (witness)
      context.recorder.emit(
        "WITNESS_REPORT",
        `${witness.commands} commands, ${witness.failed} failed, ${witness.lost} lost`,
        witness,
      );
    const setUpSeconds = Number((setUpMs / 1000).toFixed(1));
    context.printResult(describe(made, { witness, setUpSeconds, kept: options.keep ? name : undefined }), {
      ...made,
      setUpSeconds,
    });
    return made.result === "passed" ? EXIT.done : EXIT.failed;
  } catch (error) {
    if (!options.keep) await downCluster({ home, name, purge: true });
    throw error;
  }
}

function describe(
  made: UpgradeReport,
  {
    witness,
    setUpSeconds,
    kept,
  }: { witness: ReturnType<typeof mergeReports>; setUpSeconds: number; kept: string | undefined },
): string {
  const text = `${renderUpgradeReport(made, witness)}\nset-up (engines), not counted: ${setUpSeconds} s\n`;
  return kept === undefined
    ? text
    : `${text}\nThe cluster ${kept} was kept: evenkeel status --name ${kept}; evenkeel down --name ${kept} --purge\n`;
}

interface PhaseTimer {
  time<T>(phase: string, work: () => Promise<T>): Promise<T>;
  /** Milliseconds. */
  readonly phases: Record<string, number>;
}

function createPhaseTimer({ recorder }: CommandContext): PhaseTimer {
  const phases: Record<string, number> = {};
  return {
    phases,
    time: async (phase, work) => {
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
    },
  };
}
