import type { EngineName, Placement, SlotRange } from "../cluster/types.js";

/** What a pod runs. */
export interface PodTemplate {
  readonly engine: EngineName;
  readonly version: string;
}

export type PodPhase = "starting" | "running" | "terminating" | "stopped" | "crashed";

/** One pod as the platform sees it. */
export interface Pod {
  readonly name: string;
  readonly ordinal: number;
  readonly phase: PodPhase;
  readonly ready: boolean;
  /** The address that its server announces; empty while it has none. */
  readonly address: string;
  readonly port: number;
  readonly placement: Placement;
  /** What it runs now (not what the staged template asks for). */
  readonly template: PodTemplate;
  /** Changes with every new pod of this ordinal. */
  readonly uid: string;
  readonly containerRestarts: number;
  /** How its server last ended by itself; `reason` speaks of the next start already. */
  readonly lastExit?: string;
  /** Why the pod is in this phase, when that needs saying. */
  readonly reason: string;
  readonly diskFreeBytes?: number;
  readonly diskTotalBytes?: number;
  readonly diskInodesFree?: number;
  readonly dataBytes?: number;
}

/** The place where pods run. Implementations: local processes, Kubernetes. */
export interface Platform {
  readonly name: "local" | "kubernetes";
  /** All pods, in ordinal order. */
  pods(): Promise<readonly Pod[]>;
  /** The template that the next start of a pod will use. */
  template(): Promise<PodTemplate>;
  /** Sets the template; no pod restarts because of it. */
  stage(template: PodTemplate): Promise<void>;
  /**
   * Asks for the pod to be stopped (preStop, SIGTERM, grace) and started again with the staged template. Returns once the
   * request is accepted; callers wait by `pods()`.
   * @param uid the pod must still be this one
   */
  replace(pod: string, uid: string): Promise<void>;
}

/** A shard's data at one moment, kept aside and proven loadable. */
export interface Snapshot {
  /** Unique in the cluster, sortable by time. */
  readonly id: string;
  /** Groups the shards of one moment, e.g. the upgrade's id. */
  readonly set: string;
  readonly shard: number;
  readonly slots: readonly SlotRange[];
  readonly template: PodTemplate;
  /** ISO 8601, UTC: writes after it are not in it. */
  readonly takenAt: string;
  readonly keys: number;
  readonly bytes: number;
  /** Path, volume snapshot or object, for people. */
  readonly place: string;
}

/** What the upgrade engine needs of a platform beside running pods. */
export interface UpgradePlatform extends Platform {
  /**
   * Starts a throwaway server of the template with the cluster's own configuration, and ends it again.
   * @param signal ends it early, with whatever it left
   */
  tryConfiguration(
    template: PodTemplate,
    signal?: AbortSignal,
  ): Promise<{ readonly accepted: boolean; readonly reason: string }>;
  /**
   * Keeps the data of the pod's server aside and proves that its own engine loads it.
   * @throws EvenkeelError `SNAPSHOT_FAILED`, `DISK_FULL`
   */
  snapshot(request: {
    readonly set: string;
    readonly shard: number;
    readonly pod: string;
    readonly slots: readonly SlotRange[];
  }): Promise<Snapshot>;
  /** Oldest first. */
  snapshots(): Promise<readonly Snapshot[]>;
  /**
   * Puts one shard back to a snapshot, on the staged version: its pods are stopped, their data is moved aside, the primary
   * starts on the snapshot. Returns when the pods were started; the shard is not served meanwhile.
   */
  restoreShard(request: {
    readonly snapshot: Snapshot;
    readonly primary: string;
    readonly replicas: readonly string[];
  }): Promise<void>;
  /** One more replica pod of a primary, on the version that the primary's pod runs; resolves with the new pod's name. */
  addReplica(request: { readonly primary: string }): Promise<string>;
  /** Stops a replica pod for good; its volume is kept aside. */
  removeReplica(pod: string): Promise<void>;
  /** What the cluster ran before the present template was staged; undefined when nothing was, or it was staged back. */
  formerTemplate(): Promise<PodTemplate | undefined>;
  /** The roll is over: back to the platform's resting state; nothing restarts because of it. */
  rest(): Promise<void>;
}
