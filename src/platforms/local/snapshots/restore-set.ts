import { closeSync, openSync, readSync } from "node:fs";
import { countSlots, formatSlots, mergeRanges } from "../../../cluster/slots.js";
import { SLOTS } from "../../../cluster/constants.js";
import { formatEngine } from "../../../cluster/engines.js";
import { readableSnapshot } from "../../../cluster/snapshot-format.js";
import type { SlotRange, Topology } from "../../../cluster/types.js";
import { EXIT, EvenkeelError } from "../../../errors/evenkeel-error.js";
import type { PodTemplate, Snapshot } from "../../../ports/platform.js";
import { observeAll } from "../../../redis/observe-all.js";
import type { ServerTemplate } from "../cluster-file.js";
import { sweepTrials } from "../throwaway/trials.js";
import { copyKeys, newTally } from "./copy-keys.js";
import { loadSnapshot } from "./load-snapshot.js";
import { openTarget } from "./restore-target.js";
import type { RestoreTarget } from "./restore-target.js";

export interface RestoreOptions {
  /** Of one set, one for each of its shards. */
  readonly snapshots: readonly Snapshot[];
  /** Nodes of the cluster that is to hold the data. */
  readonly nodes: readonly { readonly address: string; readonly port: number }[];
  readonly password: string | undefined;
  /** Finds the program of the engine that wrote a snapshot. */
  readonly resolve: (template: PodTemplate) => Promise<ServerTemplate>;
  readonly trialsDir: string;
  readonly notify?: ((message: string) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** What a restore would do, or did. */
export interface RestorePlan {
  readonly set: string;
  readonly takenAt: string;
  readonly keys: number;
  readonly bytes: number;
  readonly from: string;
  readonly to: string;
  /** Primaries that will hold the data. */
  readonly shards: number;
}

export interface RestoreResult extends RestorePlan {
  /** Keys that the cluster got. */
  readonly restored: number;
  /** Keys whose time was over before they were copied. */
  readonly expired: number;
  /** Libraries of functions. */
  readonly functions: number;
}

function refuse(code: string, message: string, hint: string, details: Readonly<Record<string, unknown>> = {}): never {
  throw new EvenkeelError(message, { code, owner: "user", exitCode: EXIT.refused, hint, details });
}

function requireWholeSet(snapshots: readonly Snapshot[]): Snapshot {
  const [first] = snapshots;
  if (first === undefined)
    return refuse("SNAPSHOT_NOT_FOUND", "there is no such set of snapshots", "evenkeel snapshots");
  const slots = mergeRanges(snapshots.flatMap((snapshot): readonly SlotRange[] => snapshot.slots));
  if (countSlots(slots) === SLOTS) return first;
  return refuse(
    "SNAPSHOT_INCOMPLETE",
    `the set ${first.set} holds only the slots ${formatSlots(slots)}: the taking of it broke off`,
    "choose another set: evenkeel snapshots",
    { set: first.set },
  );
}

/** The header of a snapshot tells its format; a dumped key has the same, so one look answers for both. */
function requireReadable(snapshot: Snapshot, target: PodTemplate): void {
  const header = Buffer.alloc(9);
  const file = openSync(snapshot.place, "r");
  try {
    readSync(file, header, 0, header.length, 0);
  } finally {
    closeSync(file);
  }
  const { readable, reason } = readableSnapshot(header, target.engine, target.version);
  if (!readable) {
    refuse(
      "SNAPSHOT_UNREADABLE",
      `${snapshot.place}: ${reason}`,
      "restore into a cluster of an engine that can read it",
    );
  }
}

function requireServing(topology: Topology): void {
  const [missing] = topology.unreachable;
  if (missing === undefined && topology.slotsCovered === SLOTS) return;
  const why = missing?.reason ?? `${SLOTS - topology.slotsCovered} slots are not served`;
  refuse("CLUSTER_NOT_SERVING", `the cluster cannot take the data: ${why}`, "evenkeel status");
}

function requireEmpty(topology: Topology): void {
  const held = topology.shards.filter((shard) => (shard.primary.view?.server.keys ?? 0) > 0);
  const [first] = held;
  if (first === undefined) return;
  const keys = held.reduce((sum, shard) => sum + (shard.primary.view?.server.keys ?? 0), 0);
  refuse(
    "CLUSTER_NOT_EMPTY",
    `the cluster holds ${keys} keys; a restore never mixes with other data`,
    "restore into a new cluster: evenkeel up --name OTHER, then evenkeel restore SET --from THIS --name OTHER --execute",
    { keys },
  );
}

/**
 * Looks whether a set can be restored, and says what that would do. Changes nothing.
 *
 * @throws EvenkeelError with exit code 3: `SNAPSHOT_NOT_FOUND`, `SNAPSHOT_INCOMPLETE`, `SNAPSHOT_UNREADABLE`,
 *   `CLUSTER_NOT_SERVING`, `CLUSTER_NOT_EMPTY`
 */
export async function planRestore({ snapshots, nodes, password }: RestoreOptions): Promise<RestorePlan> {
  const first = requireWholeSet(snapshots);
  const topology = await observeAll(nodes.map((node) => ({ ...node, password })));
  requireServing(topology);
  requireEmpty(topology);
  const engines = topology.views.map(({ server }) => ({ engine: server.engine, version: server.version }));
  for (const snapshot of snapshots) for (const engine of engines) requireReadable(snapshot, engine);
  return {
    set: first.set,
    takenAt: first.takenAt,
    keys: snapshots.reduce((sum, { keys }) => sum + keys, 0),
    bytes: snapshots.reduce((sum, { bytes }) => sum + bytes, 0),
    from: [...new Set(snapshots.map(({ template }) => formatEngine(template)))].join(", "),
    to: [...new Set(engines.map(formatEngine))].join(", "),
    shards: topology.shards.filter((shard) => shard.slots.length > 0).length,
  };
}

async function copyFunctions(
  source: { call(...command: string[]): Promise<unknown> },
  target: RestoreTarget,
): Promise<number> {
  const libraries = await source.call("FUNCTION", "LIST");
  if (!Array.isArray(libraries) || libraries.length === 0) return 0;
  await target.restoreFunctions((await source.call("FUNCTION", "DUMP")) as Buffer);
  return libraries.length;
}

async function verify(target: RestoreTarget, tally: ReturnType<typeof newTally>, set: string): Promise<void> {
  const held = await target.countKeys();
  const expired = tally.expiredBy(Date.now());
  const least = tally.restored - expired;
  if (held >= least && held <= tally.restored) return;
  throw new EvenkeelError(`${tally.restored} keys of ${set} were restored; the cluster holds ${held}`, {
    code: "RESTORE_MISMATCH",
    owner: "environment",
    hint: "somebody writes to the cluster meanwhile, or it evicts keys (maxmemory); make it empty and restore again",
    details: { restored: tally.restored, expired, held },
  });
}

/**
 * Brings every key of a set into an empty cluster, which may have other shards and a newer engine: each snapshot is loaded by a
 * throwaway server, and each key goes to the owner of its slot with the time at which it expires.
 *
 * @throws EvenkeelError those of {@link planRestore}, `SNAPSHOT_FAILED`, `RESTORE_FAILED`, `RESTORE_MISMATCH`
 */
export async function restoreSet(options: RestoreOptions): Promise<RestoreResult> {
  const { snapshots, nodes, password, trialsDir, notify, signal } = options;
  const plan = await planRestore(options);
  sweepTrials(trialsDir);
  const target = await openTarget(nodes, password);
  const tally = newTally();
  let functions = 0;
  try {
    for (const snapshot of snapshots) {
      const engine = await options.resolve(snapshot.template);
      const { server } = await loadSnapshot(snapshot.place, engine, { trialsDir, signal });
      try {
        functions = Math.max(functions, await copyFunctions(server.connection, target));
        await copyKeys(server.connection, target, {
          tally,
          signal,
          onBatch: () => notify?.(`shard ${snapshot.shard}: ${tally.restored} of ${plan.keys} keys`),
        });
      } finally {
        await server.end();
      }
    }
    await verify(target, tally, plan.set);
    return { ...plan, restored: tally.restored, expired: tally.late, functions };
  } finally {
    target.close();
  }
}
