import { EvenkeelError, EXIT, type ExitCode } from "../../../errors/evenkeel-error.js";
import type { FoundLocks } from "../../../infra/aws/state-store.js";
import { explainFailure } from "../../../infra/terraform/explain-failure.js";
import type { LockInfo } from "../../../infra/terraform/lock-info.js";
import type { CommandContext } from "../../context.js";
import { findTarget, openFile, type InfraOptions } from "./open-file.js";
import { openStore } from "./open-store.js";
import { openTarget, setUp } from "./saved-plan.js";
import { inPhase } from "./show-progress.js";
import { writeRendered } from "./write-rendered.js";

export interface UnlockOptions extends InfraOptions {
  readonly environment?: string;
  /** Id of the lock to release, as it was shown. */
  readonly lock?: string;
}

const MINUTE_MS = 60_000;

function describeAge(since: string): string {
  const minutes = Math.floor((Date.now() - Date.parse(since)) / MINUTE_MS);
  if (!(minutes >= 0)) return "";
  return minutes < 120 ? ` (${minutes} minutes ago)` : ` (${Math.floor(minutes / 60)} hours ago)`;
}

function renderLock(id: string, lock: LockInfo, { s3, dynamodb }: FoundLocks): string {
  const where = [
    ...(s3 === undefined ? [] : ["the bucket's lock file"]),
    ...(dynamodb === undefined ? [] : ["the lock table"]),
  ];
  return [
    `the state of ${id} is locked`,
    `  by         ${lock.who}`,
    `  since      ${lock.since}${describeAge(lock.since)}`,
    `  for        ${lock.operation.replace("OperationType", "").toLowerCase()}, terraform ${lock.version}`,
    `  lock       ${lock.id}`,
    `  held in    ${where.join(" and ")}`,
    "",
  ].join("\n");
}

/** Shows who holds the lock of a state; releases it only when its id is given. */
export async function run(context: CommandContext, options: UnlockOptions): Promise<ExitCode> {
  const open = openFile(context, options);
  const target = findTarget(open, options.environment);
  const { id } = target;
  const store = await openStore(context, open);
  const locks = await store.findLocks(target.stateKey);
  const lock = locks.s3 ?? locks.dynamodb;
  if (lock === undefined) {
    context.printResult(`the state of ${id} is not locked\n`, { environment: id, locked: false });
    return EXIT.done;
  }
  const result = { environment: id, locked: true, lock, heldIn: Object.keys(locks), released: false };
  const text = renderLock(id, lock, locks);
  if (options.lock === undefined) {
    const next = `next: make sure that run is dead, then: evenkeel infra unlock ${id} --lock ${lock.id}\n`;
    context.printResult(`${text}${next}`, result);
    return EXIT.done;
  }
  if (options.lock !== lock.id)
    throw new EvenkeelError(`the lock of ${id} is another one than ${options.lock}`, {
      code: "LOCK_CHANGED",
      owner: "user",
      exitCode: EXIT.refused,
      hint: `evenkeel infra unlock ${id} shows who holds it now`,
      details: { lock },
    });
  writeRendered(open);
  const root = await openTarget(context, target);
  await setUp(context, root);
  // A run that was killed while it took the locks holds one of two: Terraform releases that one, and fails for the other.
  const { rest } = await inPhase(context.recorder, "release", () =>
    root.run(["force-unlock", "-no-color", "-force", lock.id], { accept: [0, 1] }),
  );
  const left = await store.findLocks(target.stateKey);
  if (left.s3 !== undefined || left.dynamodb !== undefined)
    throw explainFailure({ command: "force-unlock", id, diagnostics: [], rest });
  context.printResult(`${text}released; next: evenkeel infra plan ${id}\n`, { ...result, released: true });
  return EXIT.done;
}
