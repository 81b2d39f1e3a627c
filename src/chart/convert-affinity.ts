import { type Entry, isInert, isMap, type Reader, type Value } from "./conversion.js";

function nodeAffinity(preset: Value | undefined): Value | undefined {
  if (!isMap(preset)) return undefined;
  const { type, key, values } = preset;
  if (isInert(type) || isInert(key) || values === undefined) return undefined;
  const term: Value = { matchExpressions: [{ key: key ?? null, operator: "In", values }] };
  return type === "hard"
    ? { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [term] } } }
    : { nodeAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 1, preference: term }] } };
}

/** Affinity and its presets: spread over hosts is a constraint of its own here. */
export function convertAffinity(read: Reader): readonly Entry[] {
  const affinity = read.get("redis.affinity");
  // As the other chart does: given affinity turns the presets off.
  if (affinity !== undefined && !isInert(affinity))
    return [{ kind: "mapped", from: "redis.affinity", to: "affinity", value: affinity }];
  const entries: Entry[] = [];
  const anti = read.text("redis.podAntiAffinityPreset");
  if (anti === "hard")
    entries.push({
      kind: "mapped",
      from: "redis.podAntiAffinityPreset",
      to: "topologySpread.hosts.whenUnsatisfiable",
      value: "DoNotSchedule",
      note: "no host may hold two pods more than another: a drained pod can stay Pending",
    });
  else if (anti === "soft")
    entries.push({
      kind: "not-needed",
      from: "redis.podAntiAffinityPreset",
      reason: "topologySpread.hosts does it, and no shard has both copies on one host",
    });
  if (read.text("redis.podAffinityPreset") !== undefined)
    entries.push({
      kind: "no-counterpart",
      from: "redis.podAffinityPreset",
      reason: "pods of one cluster beside each other share a failure; write affinity yourself",
    });
  const node = nodeAffinity(read.get("redis.nodeAffinityPreset"));
  if (node !== undefined)
    entries.push({ kind: "mapped", from: "redis.nodeAffinityPreset", to: "affinity", value: node });
  return entries;
}
