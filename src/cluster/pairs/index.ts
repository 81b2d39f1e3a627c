export { describePair } from "./describe-pair.js";
export { findPair } from "./find-pair.js";
export type { Ability, BothWays, PairRow, PairVerdict, RequiredSetting, WayBack, WayBackAfterCommit } from "./pair.js";
export { PAIRS } from "./table.js";
