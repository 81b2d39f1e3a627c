import { closeSync, fsyncSync, openSync, writeSync } from "node:fs";
import { EvenkeelError } from "../errors/evenkeel-error.js";
import type { Host } from "./host.js";

/**
 * Appends every event to a file, one JSON object a line, one write an event, so that a crash leaves whole lines. Only the
 * owner may read it (mode 0600).
 * @throws EvenkeelError `EVENTS_FILE_UNWRITABLE`
 */
export function createNdjsonHost(file: string): Host {
  let descriptor: number;
  try {
    descriptor = openSync(file, "a", 0o600);
  } catch (error) {
    throw new EvenkeelError(
      `cannot write events to ${file}: ${error instanceof Error ? error.message : String(error)}`,
      {
        code: "EVENTS_FILE_UNWRITABLE",
        owner: "user",
        hint: "give --events a file in a folder that exists and that you may write to",
        details: { file },
        cause: error,
      },
    );
  }
  let open = true;
  return {
    notify: (event) => {
      if (open) writeSync(descriptor, `${JSON.stringify(event)}\n`);
    },
    close: () => {
      if (!open) return;
      open = false;
      try {
        // A pipe or /dev/stderr cannot be synced, and need not be.
        fsyncSync(descriptor);
      } catch {
        // nothing to keep
      }
      closeSync(descriptor);
    },
  };
}
