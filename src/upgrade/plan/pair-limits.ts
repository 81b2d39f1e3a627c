import type { PairVerdict } from "../../cluster/pairs/index.js";

/** What a version pair means for the way back. */
export interface PairLimits {
  /** An old copy that kept up can take over again. */
  readonly backUntilCommit: boolean;
  /** A pod of the old version can be filled again by a primary of the new one, so there is always a way back. */
  readonly backAfterCommit: boolean;
  /** Files of the new version are moved aside before an old server starts on that volume. */
  readonly wipe: boolean;
}

/** Reads the limits; of a pair that nobody has tried, no way back after the commit is promised. */
export function pairLimits(pair: PairVerdict): PairLimits {
  if (!pair.known) return { backUntilCommit: true, backAfterCommit: false, wipe: true };
  const { untilCommit, afterCommit } = pair.row.wayBack;
  return {
    backUntilCommit: untilCommit,
    backAfterCommit: afterCommit === "full" || afterCommit === "full-after-wipe",
    wipe: afterCommit !== "full",
  };
}
