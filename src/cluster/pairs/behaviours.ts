import type { BothWays, PairRow } from "./pair.js";

/** How two versions get on, as far as their file formats decide it. */
export type Behaviour = Pick<
  PairRow,
  "roll" | "partialSync" | "fullSync" | "snapshotReadable" | "aofReadable" | "wayBack"
>;

const YES: BothWays = { forward: "yes", back: "yes" };
const FORWARD_ONLY: BothWays = { forward: "yes", back: "no" };
const BACK_ONLY: BothWays = { forward: "no", back: "yes" };
const NOT_FORWARD: BothWays = { forward: "no", back: "untried" };
const UNTRIED: BothWays = { forward: "untried", back: "untried" };

const refused = (
  rest: Pick<Behaviour, "partialSync" | "fullSync" | "snapshotReadable" | "aofReadable">,
): Behaviour => ({
  roll: "refused",
  ...rest,
  wayBack: { untilCommit: false, afterCommit: "none", why: "the roll is refused before the first pod moves" },
});

/**
 * Partial syncs know no versions. All one-way streets come from the snapshot format, which a full sync, dump.rdb and the head of an
 * append-only file share.
 */
export const BEHAVIOURS = {
  /** The same format on both sides. */
  "both ways": {
    roll: "allowed",
    partialSync: YES,
    fullSync: YES,
    snapshotReadable: YES,
    aofReadable: YES,
    wayBack: {
      untilCommit: true,
      afterCommit: "full",
      why: "both versions read each other's files and sync each other",
    },
  },
  /** The new version has a newer format and serves no older one. */
  "one way": {
    roll: "allowed",
    partialSync: YES,
    fullSync: FORWARD_ONLY,
    snapshotReadable: FORWARD_ONLY,
    aofReadable: FORWARD_ONLY,
    wayBack: {
      untilCommit: true,
      afterCommit: "snapshot-only",
      why: "the old version reads neither the new one's files nor a full sync from it; it can only go on with the stream of writes that it follows already",
    },
  },
  /** The new version writes a newer format to disk, but serves an older one to older replicas. */
  "files one way": {
    roll: "allowed",
    partialSync: YES,
    fullSync: YES,
    snapshotReadable: FORWARD_ONLY,
    aofReadable: FORWARD_ONLY,
    wayBack: {
      untilCommit: true,
      afterCommit: "full-after-wipe",
      why: "the new version syncs an empty node of the old one in a format that it reads; only the files on disk are of no use to it and are moved aside",
    },
  },
  /** The former, gone backwards. */
  "files one way, backwards": {
    roll: "allowed",
    partialSync: YES,
    fullSync: YES,
    snapshotReadable: BACK_ONLY,
    aofReadable: BACK_ONLY,
    wayBack: {
      untilCommit: true,
      afterCommit: "full",
      why: "the old version reads the new one's files and is synced by it",
    },
  },
  /** The new version reads nothing of the old one. */
  unreadable: refused({
    partialSync: UNTRIED,
    fullSync: NOT_FORWARD,
    snapshotReadable: NOT_FORWARD,
    aofReadable: NOT_FORWARD,
  }),
  /** It starts and is synced, and the bus then spoils what the nodes know of each other. */
  "poisoned bus": refused({
    partialSync: { forward: "yes", back: "untried" },
    fullSync: { forward: "yes", back: "untried" },
    snapshotReadable: { forward: "yes", back: "untried" },
    aofReadable: { forward: "yes", back: "untried" },
  }),
  "poisoned bus, files unreadable": refused({
    partialSync: { forward: "yes", back: "untried" },
    fullSync: { forward: "yes", back: "untried" },
    snapshotReadable: NOT_FORWARD,
    aofReadable: NOT_FORWARD,
  }),
} as const satisfies Record<string, Behaviour>;

export type BehaviourName = keyof typeof BEHAVIOURS;
