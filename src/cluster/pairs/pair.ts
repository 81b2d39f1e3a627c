import type { EngineSpec } from "../engines.js";
import type { EngineName } from "../types.js";

/** `untried`: nobody looked, because a roll of this pair never comes so far. Treat it as `no`. */
export type Ability = "yes" | "no" | "untried";

/** The same question in both directions: `forward` asks it of the new engine, `back` of the old one. */
export interface BothWays<T = Ability> {
  readonly forward: T;
  readonly back: T;
}

/** What is left of the way back once no copy on the old version is kept. */
export type WayBackAfterCommit =
  /** The old engine starts on the new one's files, or is synced by it. */
  | "full"
  /** The old engine is synced by the new one, but does not start on its files: they are moved aside first. */
  | "full-after-wipe"
  /** Only the snapshot from before the upgrade; what was written since is lost. */
  | "snapshot-only"
  /** There is nothing to come back from: the roll is refused. */
  | "none";

export interface WayBack {
  /** True when an old copy of each shard can take over again with nothing lost, as long as it is kept. */
  readonly untilCommit: boolean;
  readonly afterCommit: WayBackAfterCommit;
  /** The reason, as a sentence: why the commit is a point of no return, or why it is none. */
  readonly why: string;
}

/** A setting that every node of the new version needs, in the server's own words. */
export interface RequiredSetting {
  readonly name: string;
  readonly value: string;
  readonly why: string;
}

/** Versions of one engine that behave alike; each is a prefix: `7.0` stands for every 7.0.x. */
export interface EngineFamily {
  readonly engine: EngineName;
  readonly versions: readonly string[];
}

/** What is known of going from one version to another, inside one running cluster. */
export interface PairRow {
  readonly from: EngineFamily;
  readonly to: EngineFamily;
  readonly roll: "allowed" | "refused";
  /** Why it is refused; there for every refused row. */
  readonly reason?: string;
  /** A replica whose link broke goes on where it stopped: new behind old, old behind new. */
  readonly partialSync: BothWays;
  /** An empty replica is synced whole over the wire: new from old, old from new. */
  readonly fullSync: BothWays;
  /** dump.rdb: the new engine starts on the old one's file, the old engine on the new one's. */
  readonly snapshotReadable: BothWays;
  /** The same for the append-only file, which begins with a snapshot. */
  readonly aofReadable: BothWays;
  /**
   * Fields that the writer may put into nodes.conf and the reader refuses or misreads, to be removed before its start:
   * from the old engine's file for the new one, and the other way round.
   */
  readonly nodesConf: { readonly removeForward: readonly string[]; readonly removeBack: readonly string[] };
  readonly wayBack: WayBack;
  /**
   * What clients must not use until the commit, because an old replica drops it with a line in its log: features that only the new version
   * knows, and `ordinary`.
   */
  readonly freezeUntilCommit: readonly string[];
  /**
   * Those of `freezeUntilCommit` that the old version has too: clients may be using them today. The new version hands them to its replicas in
   * words that the old one does not know.
   */
  readonly ordinary: readonly string[];
  /** What the new version would not know or load: unused, and no data made with it, before the roll begins. */
  readonly stopBefore: readonly string[];
  readonly settings: readonly RequiredSetting[];
  /** What else to know, as sentences. */
  readonly caveats: readonly string[];
  /** Where this row comes from, for a user who wants to see for himself. */
  readonly source: string;
}

/** What `findPair` says. */
export type PairVerdict =
  | { readonly known: true; readonly from: EngineSpec; readonly to: EngineSpec; readonly row: PairRow }
  | { readonly known: false; readonly from: EngineSpec; readonly to: EngineSpec; readonly reason: string };
