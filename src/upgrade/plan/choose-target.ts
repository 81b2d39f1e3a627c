import { byOrdinal, type Member } from "./member.js";
import type { DraftShard } from "./shards.js";

/** How many primaries stand on each host. */
export type PrimaryHosts = Map<string, number>;

export function countPrimaryHosts(shards: readonly DraftShard[]): PrimaryHosts {
  const hosts: PrimaryHosts = new Map();
  for (const { primary } of shards) add(hosts, primary.host, 1);
  return hosts;
}

/** Keeps the count right when a shard's slots go to another pod. */
export function movePrimary(hosts: PrimaryHosts, from: Member, to: Member): void {
  add(hosts, from.host, -1);
  add(hosts, to.host, 1);
}

function add(hosts: PrimaryHosts, host: string, by: number): void {
  hosts.set(host, (hosts.get(host) ?? 0) + by);
}

/**
 * The replica that should take over: not one that goes again at the end, one that is in step, and rather on a host without
 * another primary, so that one host does not come to hold several votes.
 * @param candidates replicas that run the wanted version
 * @param former the primary whose place becomes free
 */
export function chooseTarget(candidates: readonly Member[], former: Member, hosts: PrimaryHosts): Member | undefined {
  const others = (one: Member): number => (hosts.get(one.host) ?? 0) - (one.host === former.host ? 1 : 0);
  return candidates
    .filter((one) => one.answers)
    .toSorted(
      (a, b) =>
        Number(a.surge) - Number(b.surge) ||
        Number(b.copy === "in-step") - Number(a.copy === "in-step") ||
        Math.sign(others(a)) - Math.sign(others(b)) ||
        others(a) - others(b) ||
        byOrdinal(a, b),
    )
    .at(0);
}
