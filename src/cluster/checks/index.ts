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
import { checkPlacement } from "./placement.js";
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

/**
 * What is judged by after a change. Elections put primaries where they like, and only further hand-overs would move them: that is
 * no fault of the change, and taking it back would not mend it. It is told, and blocks the next change.
 */
export const POLICY_AFTER_CHANGE: CheckPolicy = {
  ...DEFAULT_POLICY,
  severities: { "placement.shard": "warn", "placement.majority": "warn" },
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
