import { parseFailed } from "./parse-failed.js";
import { parseFields } from "./parse-fields.js";
import type { ClusterInfo } from "./types.js";

/**
 * Parses `CLUSTER INFO`.
 * @throws EvenkeelError `PARSE_FAILED`, naming the field
 */
export function parseClusterInfo(text: string): ClusterInfo {
  const { requiredText, requiredCount } = parseFields("CLUSTER INFO", text);
  const state = requiredText("cluster_state");
  if (state !== "ok" && state !== "fail")
    throw parseFailed("CLUSTER INFO", `cluster_state:${state}`, "neither ok nor fail");
  return {
    state,
    slotsAssigned: requiredCount("cluster_slots_assigned"),
    slotsOk: requiredCount("cluster_slots_ok"),
    slotsPfail: requiredCount("cluster_slots_pfail"),
    slotsFail: requiredCount("cluster_slots_fail"),
    knownNodes: requiredCount("cluster_known_nodes"),
    size: requiredCount("cluster_size"),
    currentEpoch: requiredCount("cluster_current_epoch"),
    myEpoch: requiredCount("cluster_my_epoch"),
  };
}
