import { SLOTS } from "./constants.js";
import { findConflict } from "./formation-conflict.js";
import { formatPlace } from "./format-node.js";
import type { FormationPlan } from "./plan-formation.js";
import { countSlots, slotSignature, subtractSlots } from "./slots.js";
import type { NodeEntry, SlotRange, View } from "./types.js";

export { type FormationPlan, planFormation } from "./plan-formation.js";

/** A pod of the plan, with what its server says now. */
export interface FormationNode {
  readonly ordinal: number;
  readonly nodeId: string;
  /** Present address, at which the others are to reach it. */
  readonly address: string;
  readonly port: number;
  readonly keys: number;
  readonly view: View;
}

export type FormationAction =
  | { readonly kind: "add-slots"; readonly ordinal: number; readonly slots: readonly SlotRange[] }
  | { readonly kind: "set-epoch"; readonly ordinal: number; readonly epoch: number }
  /** Sent by ordinal 0. */
  | { readonly kind: "meet"; readonly address: string; readonly port: number }
  | { readonly kind: "replicate"; readonly ordinal: number; readonly primaryId: string };

export type FormationStep =
  | { readonly state: "done" }
  | { readonly state: "act"; readonly actions: readonly FormationAction[] }
  | { readonly state: "wait"; readonly reason: string }
  | { readonly state: "conflict"; readonly reason: string };

/**
 * The next step from what is to what is planned. It depends on nothing but the plan and the nodes, so a formation that broke
 * off at any line is taken up where it stood: slots and epochs, introductions, replicas, agreement.
 */
export function nextFormation(plan: FormationPlan, nodes: readonly FormationNode[]): FormationStep {
  const members = [...plan.primaries, ...plan.replicas].map(({ ordinal }) =>
    nodes.find((node) => node.ordinal === ordinal),
  );
  const present = members.filter((node) => node !== undefined);
  if (present.length < members.length) return wait(`${present.length} of ${members.length} nodes answer`);
  const conflict = findConflict(plan, present);
  if (conflict !== undefined) return { state: "conflict", reason: conflict };
  const heads = findHeads(plan, present);
  return (
    claimSlots(plan, present, heads) ??
    introduce(present) ??
    attachReplicas(plan, present, heads) ??
    agree(present, heads)
  );
}

const wait = (reason: string): FormationStep => ({ state: "wait", reason });
const act = (actions: readonly FormationAction[]): FormationStep | undefined =>
  actions.length === 0 ? undefined : { state: "act", actions };

function selfOf(node: FormationNode): NodeEntry | undefined {
  return node.view.nodes.find((entry) => entry.self);
}

/** Who serves each planned range. */
function findHeads(plan: FormationPlan, nodes: readonly FormationNode[]): FormationNode[] {
  return plan.primaries.flatMap(({ ordinal }) => nodes.find((node) => node.ordinal === ordinal) ?? []);
}

/** An epoch can be set only while a node knows no other and has none yet, so this comes before any introduction. */
function claimSlots(
  plan: FormationPlan,
  nodes: readonly FormationNode[],
  heads: readonly FormationNode[],
): FormationStep | undefined {
  const owned = nodes.flatMap((node) => selfOf(node)?.slots ?? []);
  return act(
    plan.primaries.flatMap(({ slots, epoch }, index) => {
      const head = heads[index];
      if (!head) return [];
      const missing = subtractSlots([slots], owned);
      const alone = head.view.nodes.length === 1 && selfOf(head)?.configEpoch === 0;
      const actions: FormationAction[] = [];
      if (missing.length > 0) actions.push({ kind: "add-slots", ordinal: head.ordinal, slots: missing });
      if (alone) actions.push({ kind: "set-epoch", ordinal: head.ordinal, epoch });
      return actions;
    }),
  );
}

function knows(node: FormationNode, other: FormationNode): NodeEntry | undefined {
  return node.view.nodes.find((entry) => entry.id === other.nodeId && !entry.handshake);
}

function introduce(nodes: readonly FormationNode[]): FormationStep | undefined {
  const [first, ...others] = nodes.toSorted((a, b) => a.ordinal - b.ordinal);
  if (!first) return undefined;
  const greets = (node: FormationNode, other: FormationNode): boolean =>
    node.view.nodes.some((entry) => entry.handshake && entry.address === other.address && entry.port === other.port);
  const strangers = others.filter((other) => !knows(first, other) || !knows(other, first));
  const silent = strangers.filter((other) => !greets(first, other) && !greets(other, first));
  const meeting = act(silent.map(({ address, port }) => ({ kind: "meet", address, port })));
  if (meeting) return meeting;
  const open = nodes.flatMap((node) =>
    nodes
      .filter((other) => other !== node && knows(node, other)?.linkConnected !== true)
      .map((other) => [node, other] as const),
  );
  const [pair] = open;
  if (!pair) return undefined;
  return wait(`${formatPlace(pair[0])} has no link to ${formatPlace(pair[1])} yet (${open.length} links are missing)`);
}

/** Replicas that follow a primary of the plan already are left with it; the others fill what is missing, by the plan where it has room. */
function attachReplicas(
  plan: FormationPlan,
  nodes: readonly FormationNode[],
  heads: readonly FormationNode[],
): FormationStep | undefined {
  const perShard = plan.replicas.length / plan.primaries.length;
  const free = new Map(heads.map((head) => [head.nodeId, perShard]));
  const take = (id: string): void => void free.set(id, (free.get(id) ?? 0) - 1);
  const unattached = nodes.filter((node) => {
    if (heads.includes(node)) return false;
    const follows = selfOf(node)?.primaryId;
    if (follows === undefined || !free.has(follows)) return true;
    take(follows);
    return false;
  });
  return act(
    unattached.map((node) => {
      const planned = plan.replicas.find((replica) => replica.ordinal === node.ordinal)?.primaryOrdinal ?? node.ordinal;
      const wanted = heads[plan.primaries.findIndex((primary) => primary.ordinal === planned)]?.nodeId ?? "";
      const [roomiest] = heads.map((head) => head.nodeId).toSorted((a, b) => (free.get(b) ?? 0) - (free.get(a) ?? 0));
      const primaryId = (free.get(wanted) ?? 0) > 0 ? wanted : (roomiest ?? wanted);
      take(primaryId);
      return { kind: "replicate", ordinal: node.ordinal, primaryId };
    }),
  );
}

function agree(nodes: readonly FormationNode[], heads: readonly FormationNode[]): FormationStep {
  const truth = slotSignature(heads.map((head) => ({ id: head.nodeId, slots: selfOf(head)?.slots ?? [] })));
  for (const node of nodes) {
    const { cluster, nodes: entries } = node.view;
    if (cluster.state !== "ok") return wait(`${formatPlace(node)} has cluster_state:${cluster.state}`);
    if (slotSignature(entries.filter((entry) => entry.slots.length > 0)) !== truth) {
      const slots = countSlots(entries.flatMap((entry) => entry.slots));
      return wait(`${formatPlace(node)} has another slot map yet (${slots} of ${SLOTS} slots)`);
    }
    const stale = nodes.find((other) => knows(node, other)?.primaryId !== selfOf(other)?.primaryId);
    if (stale) return wait(`${formatPlace(node)} does not know yet whom ${formatPlace(stale)} follows`);
  }
  return { state: "done" };
}
