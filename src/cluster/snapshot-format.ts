import { compareVersions } from "./engines.js";
import type { EngineName } from "./types.js";

/** Whether an engine can load a snapshot, judged by the first 9 bytes of the file. */
export interface SnapshotVerdict {
  readonly readable: boolean;
  /** The magic as it stands in the file, e.g. `REDIS0011`, `VALKEY080`; `unknown` for anything else. */
  readonly format: string;
  readonly reason: string;
}

/**
 * The newest `REDISnnnn` format that an engine loads; undefined for an engine that is newer than what is known here: it is
 * left to judge for itself, because a snapshot wrongly called unreadable would keep a good primary from starting.
 */
function newestFormat(engine: EngineName, version: string): number | undefined {
  const since = (bound: string): boolean => compareVersions(version, bound) >= 0;
  // Valkey never went beyond 11 with this magic; 12 to 79 are another engine's formats, which it refuses.
  if (engine === "valkey") return 11;
  if (since("8.1")) return undefined;
  if (since("7.4")) return 12;
  if (since("7.2")) return 11;
  return since("7.0") ? 10 : 9;
}

/**
 * Says whether `engine` at `version` can load the snapshot (dump.rdb, or the base file of an AOF).
 * @param header the first 9 bytes of the file
 */
export function readableSnapshot(header: Uint8Array, engine: EngineName, version: string): SnapshotVerdict {
  const magic = String.fromCharCode(...header.slice(0, 9));
  const name = `${engine} ${version}`;
  const match = /^(?:REDIS(\d{4})|VALKEY(\d{3}))$/.exec(magic);
  if (!match) return { readable: false, format: "unknown", reason: "the file does not begin as a snapshot does" };
  const verdict = (readable: boolean, reason: string): SnapshotVerdict => ({ readable, format: magic, reason });

  if (match[2] !== undefined) {
    const reads = engine === "valkey" && compareVersions(version, "9") >= 0;
    return reads
      ? verdict(true, `${name} reads ${magic}`)
      : verdict(false, `the snapshot is ${magic}, which only Valkey 9 and newer read; this is ${name}`);
  }
  const newest = newestFormat(engine, version);
  const format = Number(match[1]);
  if (newest === undefined)
    return verdict(true, `${name} is newer than the formats known here; ${magic} is left to it`);
  if (format <= newest) return verdict(true, `${name} reads formats up to ${newest}`);
  return verdict(false, `the snapshot has format ${format} (${magic}); ${name} reads formats up to ${newest}`);
}
