import type { EngineName, Placement } from "../cluster/types.js";

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
