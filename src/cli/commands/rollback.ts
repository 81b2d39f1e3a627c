import { findPair } from "../../cluster/pairs/index.js";
import { EXIT, type ExitCode } from "../../errors/evenkeel-error.js";
import { findOpenRun } from "../../upgrade/engine/open-run.js";
import { refused } from "../../upgrade/engine/failures.js";
import { runRollback } from "../../upgrade/engine/run-rollback.js";
import { planTiming } from "../../upgrade/engine/timing.js";
import { planRollback } from "../../upgrade/plan/plan-rollback.js";
import { composeUpgrade, engineOptions, findPolicy, type UpgradeFlags } from "../compose.js";
import { chooseWitness, type WitnessFlags } from "../choose-witness.js";
import type { CommandContext } from "../context.js";
import { renderPlan } from "../render-plan.js";
import { report } from "./upgrade.js";

export interface RollbackOptions extends UpgradeFlags, WitnessFlags {
  readonly execute: boolean;
}

/** `rollback [--execute]`: takes the present upgrade back from whatever step it is in, or the last finished one. */
export async function run(context: CommandContext, options: RollbackOptions): Promise<ExitCode> {
  const policy = await findPolicy(options.policy);
  const cluster = await composeUpgrade(context, {
    tells: options.execute,
    witness: options.execute ? await chooseWitness(options) : 0,
    policy,
  });
  const former = await cluster.platform.formerTemplate();
  if (options.execute) {
    const target = await cluster.platform.template();
    const outcome = await runRollback(
      cluster,
      engineOptions(context, { cluster: cluster.opened, target, policy, flags: options, verb: "rollback" }),
      former,
    );
    const code = report(context, outcome, policy);
    // A rollback that was asked for and came to its end did what it was asked to do.
    return code === EXIT.failedRolledBack ? EXIT.done : code;
  }
  const open = findOpenRun(await cluster.store.journal.read());
  const from = open?.from ?? former;
  if (!from)
    throw refused("NOTHING_TO_ROLL_BACK", "no upgrade is under way, and no former version is known", "evenkeel status");
  const to = open?.to ?? (await cluster.platform.template());
  const plan = planRollback({
    topology: await cluster.observe(),
    pods: await cluster.platform.pods(),
    from,
    to,
    pair: findPair(from, to),
    backPair: findPair(to, from),
    timing: planTiming(policy),
    acceptDataLoss: options.acceptDataLoss ?? false,
  });
  context.printResult(renderPlan(plan, { command: `evenkeel rollback${cluster.opened.flags} --execute` }), plan);
  return EXIT.done;
}
