import { rmSync } from "node:fs";
import { join } from "node:path";
import type { Brake, BrakeHolder, BrakeState } from "../../../ports/journal.js";
import { oneOf, record, text } from "../check-shape.js";
import { readStateFile } from "../read-state-file.js";
import { makeFolder, replaceFile, syncFolder } from "./files.js";

/** Whose brake is told first. */
const HOLDERS: readonly BrakeHolder[] = ["person", "guard", "engine"];

const brakeShape = record<BrakeState>({ reason: text, by: oneOf(...HOLDERS), since: text });

/**
 * The brake as one file a holder: the guard that lets go its own can never let go a person's, however close in time the two
 * act from their processes.
 * @param folder made when a brake is set
 */
export function fileBrake(folder: string): Brake {
  const pathOf = (by: BrakeHolder): string => join(folder, `brake.${by}.json`);
  const read = (by: BrakeHolder): BrakeState | undefined =>
    readStateFile(pathOf(by), brakeShape, { hint: "set it again or let it go: evenkeel brake, evenkeel release" });

  return {
    async get() {
      return HOLDERS.map(read).find((state) => state !== undefined);
    },
    async set(reason, by) {
      await makeFolder(folder);
      const since = sinceOf(() => read(by)) ?? new Date().toISOString();
      await replaceFile(pathOf(by), `${JSON.stringify({ reason, by, since })}\n`);
    },
    async clear(by) {
      for (const holder of by === undefined ? HOLDERS : [by]) rmSync(pathOf(holder), { force: true });
      await syncFolder(folder).catch(() => undefined);
    },
  };
}

/** To brake must work also where the old file is broken. */
function sinceOf(read: () => BrakeState | undefined): string | undefined {
  try {
    return read()?.since;
  } catch {
    return undefined;
  }
}
