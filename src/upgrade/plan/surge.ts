import { addStep, type Draft, joinShard } from "./draft.js";
import { chooseTarget, countPrimaryHosts } from "./choose-target.js";
import { byOrdinal, type Member } from "./member.js";
import type { Pod } from "../../ports/platform.js";
import { type DraftShard, membersOf } from "./shards.js";

/**
 * Adds a replica to each shard whose primary is still to be changed. It stays on the former version to the very end, as the copy
 * to go back to. A shard with one pod only gives its slots to the added one first, so that its own pod can be rolled as a replica.
 */
export function addSurge(
  draft: Draft,
  { surge, pods }: { readonly surge: boolean; readonly pods: readonly Pod[] },
): void {
  const waiting = draft.shards.filter((shard) => shard.primary.old);
  if (surge) {
    const nextName = nameGiver(pods);
    for (const shard of waiting.filter((one) => !membersOf(one).some((member) => member.surge))) {
      addStep(draft, "surge", { kind: "add-replica", shard: shard.index, primary: shard.primary.name });
      joinShard(draft, shard, nextName());
    }
  }
  for (const shard of waiting.filter(standsAlone)) {
    const [added] = shard.replicas;
    if (added?.old)
      addStep(draft, "surge", { kind: "hand-over", shard: shard.index, pod: shard.primary.name, to: added.name });
  }
}

/** Its own pod owns the slots, and all its replicas are added ones. */
const standsAlone = (shard: DraftShard): boolean =>
  !shard.primary.surge && shard.replicas.length > 0 && shard.replicas.every((one) => one.surge);

/** Takes the added replicas away again; one that came to own slots gives them away first. */
export function removeSurge(draft: Draft): void {
  // The last one first: a platform that counts its pods can give up no other.
  const added = draft.shards
    .flatMap((shard) => membersOf(shard).flatMap((one) => (one.surge ? [{ shard, one }] : [])))
    .toSorted((a, b) => byOrdinal(b.one, a.one));
  for (const { shard, one } of added) {
    if (one.name === shard.primary.name && !giveAway(draft, shard)) continue;
    addStep(draft, "surge", { kind: "remove-replica", shard: shard.index, pod: one.name });
  }
}

function giveAway(draft: Draft, shard: DraftShard): boolean {
  const { primary } = shard;
  const fitting = shard.replicas.filter((one) => !one.surge && one.old === primary.old);
  const target = chooseTarget(fitting, primary, countPrimaryHosts(draft.shards));
  if (target) addStep(draft, "surge", { kind: "hand-over", shard: shard.index, pod: primary.name, to: target.name });
  return target !== undefined;
}

/** Names that the next pods get: platforms count on from the highest ordinal. */
function nameGiver(pods: readonly Pod[]): () => Pick<Member, "name" | "ordinal"> {
  const [first] = pods;
  const base = first?.name.replace(/-\d+$/, "") ?? "";
  let ordinal = Math.max(-1, ...pods.map((pod) => pod.ordinal));
  return () => {
    ordinal += 1;
    return { name: `${base}-${ordinal}`, ordinal };
  };
}
