import { EXIT, type ExitCode } from "../../../errors/evenkeel-error.js";
import { isEmpty, summarizePlan } from "../../../infra/plan/summarize-plan.js";
import type { CommandContext } from "../../context.js";
import { judge } from "./judge.js";
import { findTarget, openFile, type InfraOptions } from "./open-file.js";
import { renderSummary } from "./render-summary.js";
import { makePlan, openTarget, planPath, setUp } from "./saved-plan.js";
import { writeRendered } from "./write-rendered.js";

export interface PlanOptions extends InfraOptions {
  readonly environment?: string;
}

/** Plans an environment, keeps the plan, and says what it means. */
export async function run(context: CommandContext, options: PlanOptions): Promise<ExitCode> {
  const open = openFile(context, options);
  const target = findTarget(open, options.environment);
  writeRendered(open);
  const root = await openTarget(context, target);
  await setUp(context, root);
  const plan = await makePlan(context, target, root);
  const summary = summarizePlan(plan);
  const policy = judge(open, target, plan);
  const { warnings, blocking } = policy;
  const next = blocking > 0 ? `evenkeel infra policy ${target.id}` : `evenkeel infra apply ${target.id} --execute`;
  const told = isEmpty(summary) ? "" : `policy: ${blocking} block, ${warnings} warn\nnext: ${next}\n`;
  context.printResult(`${target.id}: ${renderSummary(summary, context)}${told}`, {
    environment: target.id,
    planFile: planPath(context, target),
    summary,
    policy: { blocking, warnings, passed: policy.passed, waived: policy.waived },
  });
  return EXIT.done;
}
