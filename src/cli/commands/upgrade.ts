import { findPair } from "../../cluster/pairs/index.js";
import { EXIT, type ExitCode } from "../../errors/evenkeel-error.js";
import { formatEngine } from "../../cluster/engines.js";
import type { EngineOutcome } from "../../upgrade/engine/ports.js";
import { runUpgrade } from "../../upgrade/engine/run-upgrade.js";
import { planTiming } from "../../upgrade/engine/timing.js";
import { planUpgrade } from "../../upgrade/plan/plan-upgrade.js";
import type { UpgradePolicy } from "../../upgrade/policy/policy.js";
import { composeUpgrade, engineOptions, findPolicy, type UpgradeFlags } from "../compose.js";
import { chooseWitness, type WitnessFlags } from "../choose-witness.js";
import type { CommandContext } from "../context.js";
import { mergeReports } from "../merge-reports.js";
import { renderPlan } from "../render-plan.js";
import { makeReport, renderUpgradeReport } from "../upgrade-report.js";

export interface UpgradeOptions extends UpgradeFlags, WitnessFlags {
  /** e.g. `redis@8.0` */
  readonly to: string;
  /** Without it the plan is printed and nothing changes. */
  readonly execute: boolean;
}

/** `plan --to ENGINE`, and `upgrade` without `--execute`: prints what would be done. */
export async function printPlan(context: CommandContext, options: UpgradeOptions): Promise<ExitCode> {
  const policy = await findPolicy(options.policy);
  const cluster = await composeUpgrade(context, { witness: 0, policy, image: options.image });
  const target = await cluster.opened.findTarget(options.to);
  const pods = await cluster.platform.pods();
  const from = pods.find((pod) => formatEngine(pod.template) !== formatEngine(target))?.template ?? target;
  const to = target;
  const plan = planUpgrade({
    topology: await cluster.observe(),
    pods,
    from,
    to,
    pair: findPair(from, to),
    acceptUnknownPair: options.acceptUnknownPair ?? false,
    surge: options.surge ?? false,
    timing: planTiming(policy),
    done: { snapshot: false, canarySoaked: false, soaked: false },
    rests: formatEngine(await cluster.platform.template()) === formatEngine(to),
  });
  const command = `evenkeel upgrade --to ${options.to}${cluster.opened.flags} --execute`;
  context.printResult(renderPlan(plan, { command }), plan);
  return EXIT.done;
}

/** Prints how a run of the engine ended; its exit code. */
export function report(context: CommandContext, outcome: EngineOutcome, policy: UpgradePolicy): ExitCode {
  const witness = mergeReports(outcome.witness);
  const made = makeReport({
    from: formatEngine(outcome.from),
    to: formatEngine(outcome.to),
    result: outcome.result,
    reason: outcome.reason,
    failovers: outcome.failovers,
    phases: outcome.phases,
    witness,
    ignoreErrors: policy.ignoreErrors,
  });
  if (witness)
    context.recorder.emit(
      "WITNESS_REPORT",
      `${witness.commands} commands, ${witness.failed} failed, ${witness.lost} lost`,
      witness,
    );
  context.printResult(renderUpgradeReport(made, witness), made);
  if (made.result === "passed") return EXIT.done;
  return made.result === "rolled-back" ? EXIT.failedRolledBack : EXIT.failed;
}

/** `upgrade --to ENGINE [--execute]`: run again, it goes on where it stopped. */
export async function run(context: CommandContext, options: UpgradeOptions): Promise<ExitCode> {
  if (!options.execute) return printPlan(context, options);
  const policy = await findPolicy(options.policy);
  const witness = await chooseWitness(options);
  const cluster = await composeUpgrade(context, { witness, policy, image: options.image, tells: true });
  const target = await cluster.opened.findTarget(options.to);
  const outcome = await runUpgrade(
    cluster,
    engineOptions(context, {
      cluster: cluster.opened,
      target,
      policy,
      flags: options,
      verb: `upgrade to ${options.to}`,
    }),
  );
  return report(context, outcome, policy);
}
