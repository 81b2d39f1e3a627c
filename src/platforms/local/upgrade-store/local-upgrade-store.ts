import type { UpgradeStore } from "../../../ports/journal.js";
import { fileBrake } from "./file-brake.js";
import { fileJournal } from "./file-journal.js";
import { fileLease } from "./file-lease.js";
import { upgradePaths } from "./files.js";

export interface LocalUpgradeStoreOptions {
  /** EVENKEEL_HOME */
  readonly home: string;
  /** Name of the cluster. */
  readonly name: string;
  /** Identity of the cluster: the `id` of its `cluster.json`. */
  readonly cluster: string;
}

/**
 * What an upgrade of a local cluster remembers, as files in the cluster's folder `upgrade`. Nothing is touched before the
 * first call.
 *
 * Its calls reject with EvenkeelError: `JOURNAL_CORRUPT`, `JOURNAL_NEWER`, `JOURNAL_FOREIGN`, `JOURNAL_UNWRITABLE`,
 * `STATE_CORRUPT` (lease, brake).
 */
export function localUpgradeStore({ home, name, cluster }: LocalUpgradeStoreOptions): UpgradeStore {
  const paths = upgradePaths(home, name);
  return {
    journal: fileJournal(paths, cluster),
    lease: fileLease(paths.dir),
    brake: fileBrake(paths.dir),
  };
}
