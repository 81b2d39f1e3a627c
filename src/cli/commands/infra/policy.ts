import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { EvenkeelError, EXIT, type ExitCode } from "../../../errors/evenkeel-error.js";
import { parsePlan, type PlanJson } from "../../../infra/plan/plan-json.js";
import { RULES } from "../../../infra/policy/judge-plan.js";
import type { CommandContext } from "../../context.js";
import { renderTable } from "../../table.js";
import { judge, renderPolicy } from "./judge.js";
import { findTarget, openFile, type InfraOptions, type Target } from "./open-file.js";
import { openSavedPlan } from "./saved-plan.js";

export interface PolicyOptions extends InfraOptions {
  readonly environment?: string;
  /** What `terraform show -json` printed, instead of the kept plan. */
  readonly plan?: string;
  /** Only list the rules. */
  readonly rules: boolean;
}

function printRules(context: CommandContext): ExitCode {
  const rows = RULES.map(({ id, severity, title }) => [id, severity, title]);
  const table = renderTable([{ title: "rule" }, { title: "severity" }, { title: "what it wants" }], rows);
  context.printResult(`${table.join("\n")}\n`, {
    rules: RULES.map(({ id, severity, title, why, fix }) => ({ id, severity, title, why, fix })),
  });
  return EXIT.done;
}

function readPlanFile({ io }: CommandContext, file: string): PlanJson {
  try {
    return parsePlan(readFileSync(resolve(io.cwd, file), "utf8"));
  } catch (error) {
    throw new EvenkeelError(`cannot read the plan ${file}`, {
      code: "PLAN_UNREADABLE",
      owner: "user",
      hint: `terraform show -json PLAN > ${file}`,
      cause: error,
    });
  }
}

async function findPlan(context: CommandContext, target: Target, file: string | undefined): Promise<PlanJson> {
  if (file !== undefined) return readPlanFile(context, file);
  return (await openSavedPlan(context, target)).plan;
}

/** Judges the kept plan. Exit code 3 when a rule blocks. */
export async function run(context: CommandContext, options: PolicyOptions): Promise<ExitCode> {
  if (options.rules) return printRules(context);
  const open = openFile(context, options);
  const target = findTarget(open, options.environment);
  const report = judge(open, target, await findPlan(context, target, options.plan));
  const result = report.blocking > 0 ? "blocked" : report.warnings > 0 ? "warnings" : "passed";
  context.printResult(renderPolicy(report, context), { environment: target.id, result, ...report });
  return report.blocking > 0 ? EXIT.refused : EXIT.done;
}
