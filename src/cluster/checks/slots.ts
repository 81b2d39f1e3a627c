import { SLOTS } from "../constants.js";
import { formatPlace } from "../format-node.js";
import { countSlots, formatSlots, uncoveredSlots } from "../slots.js";
import type { CheckResult, Observed } from "./check.js";

/** Every slot has an owner, and none is being moved. */
export function checkSlots({ topology }: Observed): CheckResult[] {
  const uncovered = uncoveredSlots(topology.nodes);
  const perView = topology.views.flatMap((view) => {
    const missing = uncoveredSlots(view.nodes);
    return missing.length === 0 || uncovered.length > 0
      ? []
      : [{ subject: formatPlace(view), evidence: `${formatPlace(view)} knows no owner of ${formatSlots(missing)}` }];
  });
  const open = topology.views.flatMap((view) =>
    view.nodes
      .filter((node) => node.self)
      .flatMap((node) =>
        node.openSlots.map(({ slot, direction, peerId }) => ({
          subject: formatPlace(view),
          evidence: `slot ${slot} is ${direction} at ${formatPlace(view)} (${direction === "migrating" ? "to" : "from"} ${peerId})`,
        })),
      ),
  );
  return [
    {
      id: "slots.covered",
      severity: "block",
      faults:
        uncovered.length > 0
          ? [{ evidence: `${countSlots(uncovered)} of ${SLOTS} slots have no owner: ${formatSlots(uncovered)}` }]
          : perView,
      evidence: `${SLOTS} of ${SLOTS} slots have an owner`,
      advice: "give the slots to a primary again (CLUSTER ADDSLOTSRANGE on it, or redis-cli --cluster fix)",
    },
    {
      id: "slots.open",
      severity: "block",
      faults: open,
      evidence: "no slot is being moved",
      advice: "finish the move of the slot, or end it with CLUSTER SETSLOT … STABLE on both nodes",
    },
  ];
}
