import { array, boolean, constantFrom, integer, type Arbitrary, record } from "fast-check";
import type { PodTemplate } from "../../../../src/ports/platform.js";
import { runsOld, type SimCluster, startCluster } from "./simulate.js";

const redis = (version: string): PodTemplate => ({ engine: "redis", version });
const valkey = (version: string): PodTemplate => ({ engine: "valkey", version });

/** After the commit only the snapshot is a way back. */
export const ONE_WAY = { from: redis("7.0.15"), to: redis("8.0.6") } as const;
/** Both versions read each other. */
export const BOTH_WAYS = { from: valkey("8.0.1"), to: valkey("8.1.1") } as const;
/** The newer one's files have to be moved aside. */
export const AFTER_WIPE = { from: valkey("8.1.1"), to: valkey("9.1.2") } as const;

export interface Scene {
  readonly replicas: readonly number[];
  readonly hosts: readonly number[];
  readonly versions: { readonly from: PodTemplate; readonly to: PodTemplate };
  readonly surge: boolean;
}

/** Clusters of one to five shards with none to three replicas each, spread well or badly. */
export const scenes: Arbitrary<Scene> = record({
  replicas: array(integer({ min: 0, max: 3 }), { minLength: 1, maxLength: 5 }),
  hosts: array(integer({ min: 0, max: 3 }), { minLength: 1, maxLength: 6 }),
  versions: constantFrom(ONE_WAY, BOTH_WAYS, AFTER_WIPE),
  surge: boolean(),
}).map((scene) => ({ ...scene, surge: scene.surge || scene.replicas.includes(0) }));

export const build = ({ replicas, hosts, versions }: Scene): SimCluster =>
  startCluster({ replicas, hosts, ...versions });

/** Brings some pods to the target: replicas anywhere, and primaries of shards that keep an old replica. */
export function upgradeSome(cluster: SimCluster, chosen: readonly boolean[]): void {
  for (const [index, pod] of cluster.pods.entries()) {
    const shard = cluster.pods.filter((one) => one.shard === pod.shard);
    const others = shard.filter((one) => one !== pod && runsOld(cluster, one));
    if (chosen[index % chosen.length] === true && others.length > 0) pod.template = cluster.to;
  }
}
