import { findPair } from "../../../../src/cluster/pairs/find-pair.js";
import { SLOTS } from "../../../../src/cluster/constants.js";
import { splitSlots } from "../../../../src/cluster/slots.js";
import { combineViews } from "../../../../src/cluster/topology.js";
import type { SlotRange, Topology, View } from "../../../../src/cluster/types.js";
import type { Pod, PodTemplate } from "../../../../src/ports/platform.js";
import { pairLimits, type PairLimits } from "../../../../src/upgrade/plan/pair-limits.js";
import type { Act, Step } from "../../../../src/upgrade/plan/types.js";
import { idOf, makeView, type ModelNode } from "../../cluster/make-cluster.js";

export interface SimPod {
  readonly name: string;
  readonly ordinal: number;
  readonly host: string;
  readonly shard: number;
  template: PodTemplate;
  primary: boolean;
  alive: boolean;
  inStep: boolean;
  epoch: number;
}

/** A cluster of which a plan's steps are true: roles, versions and who has whose data. */
export interface SimCluster {
  readonly from: PodTemplate;
  readonly to: PodTemplate;
  readonly limits: PairLimits;
  readonly slots: readonly SlotRange[];
  readonly surge: Set<string>;
  pods: SimPod[];
  staged: PodTemplate;
  rests: boolean;
  /** Pods whose server does not start on the new version. */
  readonly bad: Set<string>;
  handOvers: number;
}

export interface Shape {
  /** Replicas of each shard. */
  readonly replicas: readonly number[];
  /** Host of the n-th pod is `hosts[n % length]`. */
  readonly hosts: readonly number[];
  readonly from: PodTemplate;
  readonly to: PodTemplate;
}

/** Primaries first, then the replicas, as a cluster is formed. */
export function startCluster({ replicas, hosts, from, to }: Shape): SimCluster {
  const places = [
    ...replicas.map((_, shard) => ({ shard, primary: true })),
    ...replicas.flatMap((count, shard) => Array.from({ length: count }, () => ({ shard, primary: false }))),
  ];
  const pods = places.map(({ shard, primary }, ordinal): SimPod => ({
    name: `rc-${ordinal}`,
    ordinal,
    host: `host-${hosts[ordinal % hosts.length] ?? 0}`,
    shard,
    template: from,
    primary,
    alive: true,
    inStep: true,
    epoch: shard + 1,
  }));
  return {
    from,
    to,
    limits: pairLimits(findPair(from, to)),
    slots: splitSlots(replicas.length),
    surge: new Set(),
    pods,
    staged: from,
    rests: true,
    bad: new Set(),
    handOvers: 0,
  };
}

export const inShard = (cluster: SimCluster, shard: number): SimPod[] =>
  cluster.pods.filter((pod) => pod.shard === shard);

export const runsOld = (cluster: SimCluster, pod: SimPod): boolean => pod.template.version === cluster.from.version;

function named(cluster: SimCluster, name: string): SimPod {
  const pod = cluster.pods.find((one) => one.name === name);
  if (!pod) throw new Error(`the plan names ${name}, which is not there`);
  return pod;
}

function ownerOf(cluster: SimCluster, shard: number): SimPod {
  const owner = inShard(cluster, shard).find((pod) => pod.primary);
  if (!owner) throw new Error(`nobody owns the slots of shard ${shard}`);
  return owner;
}

/** What an observer sees: views of all living nodes, made one as the product does it. */
export function observe(cluster: SimCluster): { readonly topology: Topology; readonly pods: readonly Pod[] } {
  const nodes = cluster.pods.map((pod): ModelNode => {
    const common = { id: idOf(pod.ordinal), address: addressOf(pod), port: 6379, configEpoch: pod.epoch };
    if (pod.primary) return { ...common, role: "primary", slots: cluster.slots.slice(pod.shard, pod.shard + 1) };
    return { ...common, role: "replica", primaryId: idOf(ownerOf(cluster, pod.shard).ordinal), slots: [] };
  });
  const dead = new Set(cluster.pods.filter((pod) => !pod.alive).map((pod) => idOf(pod.ordinal)));
  const views = cluster.pods.flatMap((pod, index): View[] => {
    if (!pod.alive) return [];
    const view = makeView(nodes, index);
    const server = { ...view.server, engine: pod.template.engine, version: pod.template.version };
    const link = pod.inStep && ownerOf(cluster, pod.shard).alive;
    return [
      {
        ...view,
        nodes: view.nodes.map((entry) => (dead.has(entry.id) ? { ...entry, failed: true } : entry)),
        server: pod.primary ? server : { ...server, primaryLinkUp: link },
      },
    ];
  });
  return { topology: combineViews(views, []), pods: cluster.pods.map(toPod) };
}

const addressOf = (pod: SimPod): string => `10.0.0.${pod.ordinal + 1}`;

const toPod = (pod: SimPod): Pod => ({
  name: pod.name,
  ordinal: pod.ordinal,
  phase: pod.alive ? "running" : "crashed",
  ready: pod.alive,
  address: addressOf(pod),
  port: 6379,
  placement: { pod: pod.name, host: pod.host, zone: "a" },
  template: pod.template,
  uid: pod.name,
  containerRestarts: 0,
  reason: "",
});

/** A pod starts: on the staged version, with a full copy where its version can read its primary's. */
function start(cluster: SimCluster, pod: SimPod): void {
  pod.template = cluster.staged;
  pod.alive = runsOld(cluster, pod) || !cluster.bad.has(pod.name);
  const owner = ownerOf(cluster, pod.shard);
  const readable = !runsOld(cluster, pod) || runsOld(cluster, owner) || cluster.limits.backAfterCommit;
  pod.inStep = pod.alive && owner.alive && (owner === pod || readable);
}

function promote(cluster: SimCluster, pod: SimPod): void {
  const former = ownerOf(cluster, pod.shard);
  former.primary = false;
  pod.primary = true;
  pod.epoch = Math.max(...cluster.pods.map((one) => one.epoch)) + 1;
  for (const one of inShard(cluster, pod.shard)) one.epoch = pod.epoch;
}

export class StepFailed extends Error {}

/**
 * Does a step, as the real parts do it.
 * @throws Error when the step does what no plan may do; StepFailed when it fails in an allowed way
 */
export function perform(cluster: SimCluster, { act }: Step, target: PodTemplate): void {
  cluster.rests = false;
  switch (act.kind) {
    case "stage":
      cluster.staged = target;
      return;
    case "add-replica":
      return addReplica(cluster, act);
    case "roll":
      return roll(cluster, act);
    case "hand-over":
      return handOver(cluster, act);
    case "remove-replica": {
      const pod = named(cluster, act.pod);
      if (pod.primary) throw new Error(`${pod.name} is removed while it owns slots`);
      if (!cluster.surge.has(pod.name)) throw new Error(`${pod.name} was not added by the upgrade`);
      cluster.pods = cluster.pods.filter((one) => one !== pod);
      cluster.surge.delete(pod.name);
      return;
    }
    case "restore":
      for (const pod of inShard(cluster, act.shard))
        Object.assign(pod, { template: cluster.from, alive: true, inStep: true });
      return;
    case "finish":
      cluster.rests = true;
      return;
    default:
  }
}

function addReplica(cluster: SimCluster, { shard, primary }: Extract<Act, { kind: "add-replica" }>): void {
  const owner = named(cluster, primary);
  if (owner.shard !== shard || !owner.primary) throw new Error(`${primary} is not the primary of shard ${shard}`);
  const ordinal = Math.max(...cluster.pods.map((pod) => pod.ordinal)) + 1;
  const pod = { ...owner, name: `rc-${ordinal}`, ordinal, host: `host-of-rc-${ordinal}`, primary: false };
  cluster.pods.push(pod);
  cluster.surge.add(pod.name);
}

function roll(cluster: SimCluster, act: Extract<Act, { kind: "roll" }>): void {
  const pod = named(cluster, act.pod);
  if (pod.shard !== act.shard) throw new Error(`${pod.name} is not in shard ${act.shard}`);
  if (pod.primary && pod.alive) throw new Error(`${pod.name} is replaced while it owns slots`);
  if (!pod.primary && !ownerOf(cluster, pod.shard).alive) throw new Error(`${pod.name} is replaced without a primary`);
  start(cluster, pod);
  if (!pod.alive) throw new StepFailed(`${pod.name} does not start`);
  if (!pod.inStep) throw new StepFailed(`${pod.name} does not come in step`);
}

function handOver(cluster: SimCluster, act: Extract<Act, { kind: "hand-over" }>): void {
  const [former, target] = [named(cluster, act.pod), named(cluster, act.to)];
  if (!former.primary) throw new Error(`${former.name} owns no slots to hand over`);
  if (target.shard !== former.shard) throw new Error(`${target.name} is no replica of ${former.name}`);
  if (!target.alive || !target.inStep) throw new Error(`${target.name} is not in step with ${former.name}`);
  const voters = cluster.pods.filter((pod) => pod.primary);
  if (voters.some((pod) => !pod.alive)) throw new Error(`a voter is down while ${former.name} gives its vote away`);
  cluster.handOvers += 1;
  promote(cluster, target);
}

export type Fault = "crash" | "promotion" | "broken-link";

/** Only one pod of a shard is hit at a time, and never its only one: what that destroys no plan brings back. */
export function strike(cluster: SimCluster, fault: Fault, dice: number): string {
  const whole = ({ shard }: SimPod): boolean =>
    inShard(cluster, shard).length > 1 && inShard(cluster, shard).every((one) => one.alive && one.inStep);
  const victims = cluster.pods.filter((pod) => whole(pod) && (fault === "crash" || !pod.primary));
  const victim = victims[dice % Math.max(1, victims.length)];
  if (!victim) return "nobody is hit";
  if (fault === "promotion") promote(cluster, victim);
  else if (fault === "broken-link") breakLink(cluster, victim);
  else crash(cluster, victim);
  return `${fault} of ${victim.name}`;
}

/** The server ends; the pod comes back with the staged template, because nothing else is there to start it with. */
function crash(cluster: SimCluster, victim: SimPod): void {
  const heir = inShard(cluster, victim.shard).find((pod) => pod !== victim && pod.alive && pod.inStep);
  if (victim.primary && heir) promote(cluster, heir);
  start(cluster, victim);
}

/** Beyond the backlog a full copy is needed, which an old server cannot read from a new one. */
function breakLink(cluster: SimCluster, victim: SimPod): void {
  const owner = ownerOf(cluster, victim.shard);
  victim.inStep = !runsOld(cluster, victim) || runsOld(cluster, owner) || cluster.limits.backAfterCommit;
}

/** Slots that a living node owns. */
export function servedSlots(cluster: SimCluster): number {
  return cluster.slots.reduce(
    (sum, { start: first, end }, shard) => sum + (ownerOf(cluster, shard).alive ? end - first + 1 : 0),
    0,
  );
}

export const servesAll = (cluster: SimCluster): boolean => servedSlots(cluster) === SLOTS;

/** A copy on the former version that could take over: the primary itself, or a replica in step. */
export const keepsOldCopy = (cluster: SimCluster, shard: number): boolean =>
  inShard(cluster, shard).some((pod) => runsOld(cluster, pod) && pod.alive && pod.inStep);
