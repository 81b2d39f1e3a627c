import { EXIT, type ExitCode } from "../../../errors/evenkeel-error.js";
import { chooseStep, type BootstrapStep } from "../../../infra/bootstrap/choose-step.js";
import { readLocalState, removeBackend, removeLocalState, writeBackend } from "../../../infra/bootstrap/local-state.js";
import { isEmpty, summarizePlan, type PlanSummary } from "../../../infra/plan/summarize-plan.js";
import type { PolicyReport } from "../../../infra/policy/judge-plan.js";
import { backendFileName } from "../../../infra/render/render-files.js";
import { initRoot, type Root } from "../../../infra/terraform/open-root.js";
import { parseState } from "../../../infra/state/state-file.js";
import type { CommandContext } from "../../context.js";
import { judge, renderPolicy } from "./judge.js";
import { BOOTSTRAP, bootstrapTarget, openFile, type InfraOptions, type OpenFile, type Target } from "./open-file.js";
import { openStore } from "./open-store.js";
import { renderSummary } from "./render-summary.js";
import { makePlan, openTarget, planPath } from "./saved-plan.js";
import { inPhase } from "./show-progress.js";
import { writeRendered } from "./write-rendered.js";

export interface BootstrapOptions extends InfraOptions {
  readonly execute: boolean;
}

const MEANS: Readonly<Record<BootstrapStep, string>> = {
  create: "the bucket does not exist yet",
  resume: "an earlier run began it: its local state is here",
  migrate: "the bucket is there; its local state is not all moved yet",
  update: "the bucket is there and holds its own state",
};

async function findStep(context: CommandContext, open: OpenFile, target: Target): Promise<BootstrapStep> {
  const store = await openStore(context, open);
  const { bucket, region } = open.file.state;
  const found = await store.findBucket();
  const local = readLocalState(target.folder);
  return chooseStep({
    bucket,
    region,
    found,
    hasOwnState: found === "present" && (await store.readObject(target.stateKey)) !== undefined,
    localKnowsBucket: local.buckets.includes(bucket),
    hasLocalState: local.hasResources,
  });
}

/** Moves the local state into the bucket, and takes it away here once the bucket is seen to hold it. */
async function moveStateIn({ recorder }: CommandContext, root: Root): Promise<void> {
  writeBackend(root.folder);
  await inPhase(recorder, "move state", () =>
    // Terraform refuses -json here: a person might have to answer.
    root.run([
      "init",
      "-no-color",
      "-migrate-state",
      "-force-copy",
      "-input=false",
      `-backend-config=${backendFileName(root.id)}`,
    ]),
  );
  const { stdout } = await root.run(["state", "pull"]);
  if ((parseState(stdout, "the state in the bucket").resources ?? []).length > 0) removeLocalState(root.folder);
}

/** Sets the root up where its state lies now. */
async function setUpWhere(step: BootstrapStep, context: CommandContext, root: Root): Promise<void> {
  if (step === "migrate") return moveStateIn(context, root);
  await inPhase(context.recorder, "init", async () => {
    if (step === "update") {
      writeBackend(root.folder);
      await initRoot(root, backendFileName(root.id));
    } else {
      removeBackend(root.folder);
      await root.run(["init", "-json", "-input=false"]);
    }
  });
}

interface Outcome {
  readonly step: BootstrapStep;
  readonly summary: PlanSummary;
  readonly policy: PolicyReport;
}

function print(context: CommandContext, open: OpenFile, { step, summary, policy }: Outcome, applied: boolean): void {
  const { bucket, table, lock } = open.file.state;
  const what = lock === "s3" ? `bucket ${bucket}` : `bucket ${bucket} and table ${table}`;
  const end = applied
    ? `${what} are ready; next: evenkeel infra plan\n`
    : policy.blocking > 0
      ? `${renderPolicy(policy, context)}nothing was applied\n`
      : "nothing was applied; next: evenkeel infra bootstrap --execute\n";
  context.printResult(`${what}: ${MEANS[step]}\n${renderSummary(summary, context)}${end}`, {
    bucket,
    table,
    step,
    summary,
    policy,
    applied,
  });
}

/**
 * Makes the bucket and the lock table and moves their own state in. Safe to repeat: it looks where an earlier run ended and goes on
 * from there. Without `execute` it only says what it would do.
 */
export async function run(context: CommandContext, options: BootstrapOptions): Promise<ExitCode> {
  const open = openFile(context, options);
  const target = bootstrapTarget(open);
  const step = await findStep(context, open, target);
  context.recorder.emit("NOTICE", `${BOOTSTRAP}: ${MEANS[step]}`, { topic: step });
  writeRendered(open);
  const root = await openTarget(context, target);
  await setUpWhere(step, context, root);
  const plan = await makePlan(context, target, root);
  const outcome = { step, summary: summarizePlan(plan), policy: judge(open, target, plan) };
  const refused = outcome.policy.blocking > 0;
  if (refused || !options.execute) {
    print(context, open, outcome, false);
    return refused ? EXIT.refused : EXIT.done;
  }
  if (!isEmpty(outcome.summary))
    await inPhase(context.recorder, "apply", () =>
      root.run(["apply", "-json", "-input=false", planPath(context, target)]),
    );
  if (step === "create" || step === "resume") await moveStateIn(context, root);
  print(context, open, outcome, true);
  return EXIT.done;
}
