import { rmSync } from "node:fs";
import { EvenkeelError, EXIT, type ExitCode } from "../../../errors/evenkeel-error.js";
import { isEmpty, summarizePlan } from "../../../infra/plan/summarize-plan.js";
import type { CommandContext } from "../../context.js";
import { judge, renderPolicy } from "./judge.js";
import { findTarget, openFile, type InfraOptions } from "./open-file.js";
import { renderSummary } from "./render-summary.js";
import { openSavedPlan, setUp } from "./saved-plan.js";
import { inPhase } from "./show-progress.js";
import { writeRendered } from "./write-rendered.js";

export interface ApplyOptions extends InfraOptions {
  readonly environment?: string;
  readonly execute: boolean;
}

/** Applies the kept plan, and nothing else; the policy is asked first. Without `execute` it only says what it would do. */
export async function run(context: CommandContext, options: ApplyOptions): Promise<ExitCode> {
  const open = openFile(context, options);
  const target = findTarget(open, options.environment);
  const { id } = target;
  if (writeRendered(open, { check: true }).some(({ change }) => change === "stale"))
    throw new EvenkeelError(`the environment file has changed since the plan of ${id} was made`, {
      code: "PLAN_STALE",
      owner: "user",
      exitCode: EXIT.refused,
      hint: `evenkeel infra plan ${id}`,
    });
  const { root, path, plan } = await openSavedPlan(context, target);
  const summary = summarizePlan(plan);
  const policy = judge(open, target, plan);
  const result = { environment: id, summary, policy, applied: false };
  if (policy.blocking > 0) {
    context.printResult(`${renderPolicy(policy, context)}nothing was applied\n`, { ...result, result: "blocked" });
    return EXIT.refused;
  }
  const text = `${id}: ${renderSummary(summary, context)}`;
  if (!options.execute) {
    context.printResult(`${text}nothing was applied; next: evenkeel infra apply ${id} --execute\n`, result);
    return EXIT.done;
  }
  await setUp(context, root);
  if (!isEmpty(summary))
    await inPhase(context.recorder, "apply", () => root.run(["apply", "-json", "-input=false", path]));
  // It was for this state of the world, which is gone.
  rmSync(path, { force: true });
  context.printResult(`${text}applied\n`, { ...result, applied: true });
  return EXIT.done;
}
