import { formatEngine } from "../../cluster/engines.js";
import { GRACE_PERIOD_MS, HANDOVER_BUDGET_MS } from "../../cluster/constants.js";
import { EXIT, type ExitCode } from "../../errors/evenkeel-error.js";
import type { RunningWitness } from "../../ports/witness.js";
import { planUpgrade, type UpgradePlan } from "../../upgrade/plan.js";
import { runUpgrade } from "../../upgrade/run-upgrade.js";
import { composeUpgrade, findTarget } from "../compose.js";
import type { CommandContext } from "../context.js";
import { startLoad } from "../start-load.js";
import { makeReport, renderUpgradeReport } from "../upgrade-report.js";
import { renderTable } from "../table.js";

export interface UpgradeOptions {
  /** e.g. `redis@8.0` */
  readonly to: string;
  /** Without it the plan is printed and nothing changes. */
  readonly execute: boolean;
  /** Commands per second of the witness; 0: none. */
  readonly rate: number;
}

const WITNESS_TTL_SECONDS = 3600;

const TITLES: Readonly<Record<UpgradePlan["steps"][number]["kind"], string>> = {
  "roll-replica": "replace the replica",
  "hand-over": "hand its slots over to an upgraded replica, drain",
  "roll-former-primary": "replace the former primary",
};

function renderPlan(plan: UpgradePlan): string {
  const rows = plan.steps.map((step, index) => [String(index + 1), `shard ${step.shard}`, step.pod, TITLES[step.kind]]);
  const table = renderTable(
    [{ title: "step", align: "right" }, { title: "shard" }, { title: "pod" }, { title: "act" }],
    rows,
  ).join("\n");
  const title = `${formatEngine(plan.from)} -> ${formatEngine(plan.to)}: ${plan.steps.length} steps, ${plan.failovers} hand-overs`;
  return plan.steps.length === 0
    ? `every pod runs ${formatEngine(plan.to)} already\n`
    : `${title}\n${table}\n\nNothing was changed. Run it: the same command with --execute\n`;
}

/** Options of the engine for pods with the default grace period. */
export const POD_DEADLINES = {
  podDeadlineMs: GRACE_PERIOD_MS + 60_000,
  handoverDeadlineMs: HANDOVER_BUDGET_MS + 20_000,
} as const;

/** `upgrade --to ENGINE [--execute]`. */
export async function run(context: CommandContext, options: UpgradeOptions): Promise<ExitCode> {
  const cluster = composeUpgrade(context);
  const target = await findTarget(context, options.to);
  const topology = await cluster.observe();
  const plan = planUpgrade({
    topology,
    pods: await cluster.platform.pods(),
    target: { engine: target.engine, version: target.version },
  });
  if (!options.execute || plan.steps.length === 0) {
    context.printResult(renderPlan(plan), plan);
    return EXIT.done;
  }
  let witness: RunningWitness | undefined;
  if (options.rate > 0) {
    witness = await startLoad(context, cluster, { rate: options.rate, ttlSeconds: WITNESS_TTL_SECONDS, cleanup: true });
  }
  try {
    const outcome = await runUpgrade(cluster, {
      target: { engine: target.engine, version: target.version },
      recorder: context.recorder,
      signal: context.signal,
      ...POD_DEADLINES,
    });
    const seen = await witness?.finish();
    const report = makeReport({
      from: formatEngine(plan.from),
      to: formatEngine(plan.to),
      failovers: outcome.failovers,
      phases: outcome.phases,
      witness: seen,
    });
    context.printResult(renderUpgradeReport(report, seen), report);
    return report.result === "passed" ? EXIT.done : EXIT.failed;
  } catch (error) {
    await witness?.abort();
    throw error;
  }
}
