import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { EvenkeelError, EXIT, type ExitCode } from "../../../errors/evenkeel-error.js";
import { formatBytes } from "../../../hosts/format-quantity.js";
import { listStateVersions } from "../../../infra/state/list-versions.js";
import { planRestore, type RestorePlan } from "../../../infra/state/plan-restore.js";
import { parseState } from "../../../infra/state/state-file.js";
import type { CommandContext } from "../../context.js";
import { renderTable } from "../../table.js";
import { findTarget, openFile, type InfraOptions } from "./open-file.js";
import { openStore } from "./open-store.js";
import { openTarget, setUp } from "./saved-plan.js";
import { inPhase } from "./show-progress.js";
import { writeRendered } from "./write-rendered.js";

export interface VersionsOptions extends InfraOptions {
  readonly environment?: string;
  readonly limit: number;
}

/** Lists the kept versions of a state, newest first. */
export async function versions(context: CommandContext, options: VersionsOptions): Promise<ExitCode> {
  const open = openFile(context, options);
  const { id, stateKey } = findTarget(open, options.environment);
  const found = await listStateVersions(await openStore(context, open), stateKey, options.limit);
  const rows = found.map(({ at, serial, resources, bytes, terraformVersion, versionId, latest }) => [
    at,
    String(serial ?? "?"),
    String(resources ?? "?"),
    formatBytes(bytes),
    terraformVersion ?? "?",
    `${versionId}${latest ? "  (present)" : ""}`,
  ]);
  const right = (title: string): { title: string; align: "right" } => ({ title, align: "right" });
  const table = renderTable(
    [
      { title: "written" },
      right("serial"),
      right("resources"),
      right("size"),
      { title: "terraform" },
      { title: "version" },
    ],
    rows,
  );
  const next = `next: evenkeel infra state restore VERSION ${id}\n`;
  context.printResult(`${table.join("\n")}\n${next}`, { environment: id, key: stateKey, versions: found });
  return EXIT.done;
}

export interface RestoreStateOptions extends InfraOptions {
  readonly environment?: string;
  readonly version: string;
  readonly execute: boolean;
}

function render(id: string, { from, to, forgotten, known }: RestorePlan): string {
  const list = (addresses: readonly string[]): string => addresses.map((address) => `    ${address}\n`).join("");
  return [
    `${id}: serial ${from.serial} with ${from.resources} resources -> the version with serial ${to.serial} and ${to.resources} resources\n`,
    forgotten.length === 0
      ? ""
      : `  no longer known, though they may exist (import them, or they are made twice):\n${list(forgotten)}`,
    known.length === 0 ? "" : `  known again:\n${list(known)}`,
    "  nothing in AWS changes by that; the present version is kept beside the others\n",
  ].join("");
}

/** Brings an old version of a state back as the newest one. Without `execute` it says what that would mean. */
export async function restore(context: CommandContext, options: RestoreStateOptions): Promise<ExitCode> {
  const open = openFile(context, options);
  const target = findTarget(open, options.environment);
  const { id, stateKey } = target;
  const store = await openStore(context, open);
  const [old, present] = [await store.readObject(stateKey, options.version), await store.readObject(stateKey)];
  if (old === undefined)
    throw new EvenkeelError(`the state of ${id} has no version ${options.version}`, {
      code: "STATE_VERSION_UNKNOWN",
      owner: "user",
      hint: `evenkeel infra state versions ${id}`,
    });
  const plan = planRestore(
    parseState(old, `version ${options.version}`),
    present === undefined ? undefined : parseState(present, `the state of ${id}`),
  );
  const { text, ...shown } = plan;
  const result = { environment: id, version: options.version, ...shown, restored: false };
  if (!options.execute) {
    const next = `next: evenkeel infra state restore ${options.version} ${id} --execute\n`;
    context.printResult(`${render(id, plan)}${next}`, result);
    return EXIT.done;
  }
  writeRendered(open);
  const root = await openTarget(context, target);
  await setUp(context, root);
  const folder = join(context.home, "infra", id);
  const file = join(folder, "restore.tfstate");
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  try {
    writeFileSync(file, text, { mode: 0o600 });
    // Terraform takes the lock, keeps the table's checksum right, and refuses what is older than the present state.
    await inPhase(context.recorder, "push", () => root.run(["state", "push", file]));
  } finally {
    rmSync(file, { force: true });
  }
  const next = `brought back; next: evenkeel infra plan ${id} shows what differs from AWS\n`;
  context.printResult(`${render(id, plan)}${next}`, { ...result, restored: true });
  return EXIT.done;
}
