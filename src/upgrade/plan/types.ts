import type { PodTemplate } from "../../ports/platform.js";

/**
 * What a rollback would cost from here on.
 * `none`: nothing was changed. `R0`: replicas only; they are synced again by the old primary. `R1`: the slots are handed back
 * to an old copy that is in step; nothing is lost. `R2`: the last old copy is gone; what then remains depends on the pair.
 */
export type WayBack = "none" | "R0" | "R1" | "R2";

export type PhaseName =
  | "preflight"
  | "snapshot"
  | "stage"
  /** Copies that cannot follow any more are replaced, or taken away, before anything else. */
  | "repair"
  | "surge"
  | "canary"
  | "replicas"
  | "hand over"
  | "soak"
  | "commit"
  | "hand back"
  | "roll back"
  | "post-check"
  | "finish";

/** What a step does. */
export type Act =
  | { readonly kind: "check"; readonly when: "pre" | "post" }
  /** A throwaway process of the target engine accepts the configuration. */
  | { readonly kind: "try-configuration" }
  | { readonly kind: "snapshot"; readonly shard: number; readonly pod: string }
  | { readonly kind: "stage" }
  /** A further replica of a shard, on the version that the shard runs now. */
  | { readonly kind: "add-replica"; readonly shard: number; readonly primary: string }
  /** Replaces one pod that owns no slots; `shard` is -1 for a pod that is no member of the cluster. */
  | { readonly kind: "roll"; readonly shard: number; readonly pod: string }
  | { readonly kind: "hand-over"; readonly shard: number; readonly pod: string; readonly to: string }
  | { readonly kind: "soak"; readonly ms: number; readonly what: "canary" | "all" }
  /** `pod` is the name that the platform gives by rule as long as the replica is only planned. */
  | { readonly kind: "remove-replica"; readonly shard: number; readonly pod: string }
  /** Starts a shard anew from its snapshot, on the former version: what was written since is lost. Rollback only. */
  | { readonly kind: "restore"; readonly shard: number; readonly snapshotSet: string }
  | { readonly kind: "finish" };

export interface Step {
  /** Unique in the plan and the same whenever it is planned again, e.g. `replicas/roll/rc-3`. */
  readonly id: string;
  readonly phase: PhaseName;
  readonly act: Act;
  /** What must hold before it, as sentences. */
  readonly before: readonly string[];
  /** What proves that it is done. */
  readonly proof: readonly string[];
  readonly deadlineMs: number;
  /** Way back once this step is done. */
  readonly wayBack: WayBack;
  /** What clients may notice, and what redundancy is missing meanwhile. */
  readonly cost: string;
  readonly expectedMs: number;
}

export interface Plan {
  readonly schema: 1;
  readonly direction: "upgrade" | "rollback";
  /** What the plan leads away from. */
  readonly from: PodTemplate;
  /** What every pod runs at its end: in a rollback the former version. */
  readonly to: PodTemplate;
  readonly steps: readonly Step[];
  /** Hand-overs that it takes: one per shard whose primary has to change, and no more. */
  readonly failovers: number;
  /** Id of the first step after which there is no way back without loss; undefined when there always is one. */
  readonly pointOfNoReturn?: string;
  /** Shards, by number, that have passed the point of no return already. */
  readonly passed: readonly number[];
  readonly expectedMs: number;
  /** What the version pair means for this plan. */
  readonly notes: readonly string[];
}
