/** The public names of the pure domain. */
export { type CheckPolicy, DEFAULT_POLICY, POLICY_AFTER_CHANGE, runChecks } from "./checks/index.js";
export { explain, failing } from "./conditions.js";
export { compareVersions, type EngineSpec, formatEngine, parseEngineSpec, versionMatches } from "./engines.js";
export { keySlot } from "./key-slot.js";
export { combineViews } from "./topology.js";
export type {
  Condition,
  Finding,
  NodeFacts,
  Shard,
  SlotRange,
  Topology,
  TopologyNode,
  Unreachable,
  View,
} from "./types.js";
export { buildView, type RawView } from "./view.js";
