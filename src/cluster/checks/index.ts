import { LAG_MAX_BYTES } from "../constants.js";
import type { Finding } from "../types.js";
import { type Check, type CheckPolicy, type Observed, toFindings } from "./check.js";
import { checkClusterState } from "./cluster-state.js";
import { checkConfig } from "./config.js";
import { checkDisk } from "./disk.js";
import { checkEngines } from "./engines.js";
import { checkEpochs } from "./epochs.js";
import { checkErrors } from "./errors.js";
import { checkFlags } from "./flags.js";
import { checkBusLinks } from "./links.js";
import { checkMemory } from "./memory.js";
import { checkPersistence } from "./persistence.js";
import { checkPlacement, PLACEMENT_CHECKS } from "./placement.js";
import { checkReachability } from "./reachability.js";
import { checkReplication } from "./replication.js";
import { checkShards } from "./shards.js";
import { checkSlots } from "./slots.js";
import { checkViews } from "./views.js";

export type { CheckPolicy, Observed } from "./check.js";

/** What is judged by when nobody says otherwise. */
export const DEFAULT_POLICY: CheckPolicy = {
  lagMaxBytes: LAG_MAX_BYTES,
  diskFreeFactor: 2,
  diskFreeMinBytes: 64 * 1024 * 1024,
  diskFreeMinShare: 0.05,
  inodesMin: 100,
  memoryMaxShare: 0.8,
  busBufferMaxBytes: 1024 * 1024,
  severities: {},
};

/** What is judged by after a change, of which where the nodes stand is no fault ({@link PLACEMENT_CHECKS}). */
export const POLICY_AFTER_CHANGE: CheckPolicy = {
  ...DEFAULT_POLICY,
  severities: Object.fromEntries(PLACEMENT_CHECKS.map((id) => [id, "warn"])),
};

/** In the order in which people want to read them. */
const CHECKS: readonly Check[] = [
  checkReachability,
  checkClusterState,
  checkSlots,
  checkViews,
  checkFlags,
  checkBusLinks,
  checkEpochs,
  checkShards,
  checkReplication,
  checkPlacement,
  checkPersistence,
  checkDisk,
  checkMemory,
  checkConfig,
  checkEngines,
  checkErrors,
];

/**
 * Every health check, with its evidence. A check that finds nothing wrong gives one finding that passes; every fault is a
 * finding of its own.
 */
export function runChecks(observed: Observed): Finding[] {
  return CHECKS.flatMap((check) => check(observed)).flatMap((result) => toFindings(result, observed.policy));
}
