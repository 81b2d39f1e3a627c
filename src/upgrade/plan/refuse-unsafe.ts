import { formatEngine } from "../../cluster/engines.js";
import { SLOTS } from "../../cluster/constants.js";
import { formatPlace } from "../../cluster/format-node.js";
import { formatSlots, uncoveredSlots } from "../../cluster/slots.js";
import type { Topology, TopologyNode } from "../../cluster/types.js";
import type { Pod } from "../../ports/platform.js";
import { refuse } from "./refuse.js";
import { type Observed, podFinder, sameTemplate } from "./shards.js";

const LOOK = "evenkeel status, then the same command again";
const CHECK = "evenkeel check pre";

/**
 * What makes any plan a gamble, whichever way it leads.
 * @throws EvenkeelError `UPGRADE_REFUSED`, exit 3
 */
export function refuseUnreadable({ topology, pods, from, to }: Observed): void {
  const podOf = podFinder(pods);
  const foreign = topology.nodes.find((node) => !podOf(node) && (node.view !== undefined || node.slots.length > 0));
  if (foreign) throw refuse(`node ${formatPlace(foreign)} belongs to no pod of this cluster`, { hint: LOOK });
  const third = pods.find((pod) => !sameTemplate(pod.template, from) && !sameTemplate(pod.template, to));
  if (third) {
    throw refuse(
      `${third.name} runs ${formatEngine(third.template)}: neither ${formatEngine(from)} nor ${formatEngine(to)}`,
      { hint: `bring ${third.name} to ${formatEngine(from)} first; evenkeel status shows every pod's version` },
    );
  }
  if (topology.slotsCovered !== SLOTS) {
    const missing = formatSlots(uncoveredSlots(topology.nodes));
    throw refuse(`${SLOTS - topology.slotsCovered} of ${SLOTS} slots have no owner: ${missing}`, {
      hint: CHECK,
      retryable: true,
    });
  }
  const open = topology.views.flatMap((view) => view.nodes.find((node) => node.self)?.openSlots ?? [])[0];
  if (open) throw refuse(`slot ${open.slot} is ${open.direction}: it is being moved`, { hint: CHECK, retryable: true });
}

/**
 * What an upgrade does not begin with, nor goes on with.
 * @throws EvenkeelError `UPGRADE_REFUSED`, exit 3
 */
export function refuseUnsettled(observed: Observed): void {
  const { topology, pods } = observed;
  const podOf = podFinder(pods);
  if (topology.nodes.length > pods.length) {
    throw refuse(
      `the nodes know ${topology.nodes.length} of each other, the platform has ${pods.length} pods: some are not ours, or gone and not forgotten`,
      { hint: "evenkeel check pre names them; CLUSTER FORGET on every node removes one that is gone" },
    );
  }
  const nodeless = topology.nodes.find((node) => !podOf(node));
  if (nodeless) throw refuse(`node ${formatPlace(nodeless)} belongs to no pod of this cluster`, { hint: LOOK });
  refuseSilent(topology, pods);
  const [stray] = topology.strays;
  if (stray) {
    throw refuse(`${nameOf(stray, pods)} follows no primary of this cluster`, {
      hint: `CLUSTER REPLICATE with its primary's id on ${formatPlace(stray)}, then evenkeel check pre`,
      retryable: true,
    });
  }
  const idle = topology.nodes.find((node) => node.role === "primary" && node.slots.length === 0);
  if (idle) {
    throw refuse(`${nameOf(idle, pods)} is a primary without slots: it serves nobody and follows nobody`, {
      hint: `CLUSTER REPLICATE with a primary's id on ${formatPlace(idle)}, then evenkeel check pre`,
      retryable: true,
    });
  }
  refuseWeakVote(topology, pods);
}

function refuseSilent(topology: Topology, pods: readonly Pod[]): void {
  const answering = new Set(topology.nodes.filter((node) => node.view).map((node) => `${node.address} ${node.port}`));
  for (const pod of pods) {
    if (pod.phase === "running" && answering.has(`${pod.address} ${pod.port}`)) continue;
    const said = topology.unreachable.find((one) => one.address === pod.address && one.port === pod.port)?.reason;
    const why = [pod.phase, pod.reason, said].filter((part) => part !== undefined && part !== "").join(", ");
    throw refuse(`${pod.name} does not answer (${why})`, { hint: LOOK, retryable: true });
  }
  const [other] = topology.unreachable;
  if (other) throw refuse(`${formatPlace(other)} does not answer: ${other.reason}`, { hint: LOOK, retryable: true });
}

/** A hand-over needs the votes of a majority. With one voter in doubt, the next one lost may be one too many. */
function refuseWeakVote(topology: Topology, pods: readonly Pod[]): void {
  const voters = topology.nodes.filter((node) => node.role === "primary" && node.slots.length > 0);
  const ids = new Set(voters.map((node) => node.id));
  const doubted = new Set(
    topology.views.flatMap((view) =>
      view.nodes.filter((node) => (node.failed || node.suspected) && ids.has(node.id)).map((node) => node.id),
    ),
  );
  if (doubted.size === 0) return;
  const majority = Math.floor(voters.length / 2) + 1;
  if (voters.length - doubted.size - 1 >= majority) return;
  const names = voters.filter((node) => doubted.has(node.id)).map((node) => nameOf(node, pods));
  throw refuse(
    `a majority of the primaries is at risk: of ${voters.length}, ${names.join(", ")} ${names.length === 1 ? "is" : "are"} held for failed or suspected; ${majority} votes are needed, with one to spare`,
    { hint: CHECK, retryable: true },
  );
}

const nameOf = (node: TopologyNode, pods: readonly Pod[]): string => podFinder(pods)(node)?.name ?? formatPlace(node);
