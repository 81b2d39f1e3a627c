import { chmodSync, existsSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { EvenkeelError } from "../../../errors/evenkeel-error.js";
import { parsePlan, type PlanJson } from "../../../infra/plan/plan-json.js";
import { backendFileName } from "../../../infra/render/render-files.js";
import { initRoot, openRoot, type Root } from "../../../infra/terraform/open-root.js";
import type { CommandContext } from "../../context.js";
import type { Target } from "./open-file.js";
import { inPhase, showProgress } from "./show-progress.js";

/** Where the plan of a root is kept. It may hold secrets: only its owner may read it. */
export function planPath({ home }: CommandContext, { id }: Target): string {
  return join(home, "infra", id, "tfplan");
}

/** Opens the root of a target, its progress shown. */
export function openTarget(context: CommandContext, { id, folder }: Target): Promise<Root> {
  const { io, signal, recorder } = context;
  return openRoot({ id, folder, env: io.env, signal, onMessage: showProgress(recorder) });
}

/** Sets a root up with its backend in the bucket. */
export function setUp({ recorder }: CommandContext, root: Root): Promise<void> {
  return inPhase(recorder, "init", () => initRoot(root, backendFileName(root.id)));
}

/** Plans a root and keeps the plan. */
export async function makePlan(context: CommandContext, target: Target, root: Root): Promise<PlanJson> {
  const path = planPath(context, target);
  mkdirSync(join(path, ".."), { recursive: true, mode: 0o700 });
  rmSync(path, { force: true });
  await inPhase(context.recorder, "plan", () => root.run(["plan", "-json", "-input=false", `-out=${path}`]));
  chmodSync(path, 0o600);
  return readPlan(root, path);
}

/** Reads a kept plan through Terraform. */
export async function readPlan(root: Root, path: string): Promise<PlanJson> {
  const { stdout } = await root.run(["show", "-json", path]);
  return parsePlan(stdout);
}

/**
 * Opens the root and reads the plan that was kept for it.
 * @throws EvenkeelError `PLAN_MISSING`
 */
export async function openSavedPlan(
  context: CommandContext,
  target: Target,
): Promise<{ readonly root: Root; readonly path: string; readonly plan: PlanJson }> {
  const path = planPath(context, target);
  if (!existsSync(path))
    throw new EvenkeelError(`there is no plan of ${target.id}`, {
      code: "PLAN_MISSING",
      owner: "user",
      hint: `evenkeel infra plan ${target.id}`,
      details: { environment: target.id },
    });
  const root = await openTarget(context, target);
  return { root, path, plan: await readPlan(root, path) };
}
