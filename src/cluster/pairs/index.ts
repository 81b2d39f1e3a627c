export { describePair } from "./describe-pair.js";
export { findPair } from "./find-pair.js";
export type { PairVerdict } from "./pair.js";
