/**
 * The words of the domain, as data. Everything in `src/cluster` is pure: no I/O and no clock. Times that matter are
 * passed in as observations.
 */

/** Our word for the role; `master` and `slave` exist only on the wire. */
export type Role = "primary" | "replica";

/** An inclusive range of hash slots. */
export interface SlotRange {
  readonly start: number;
  readonly end: number;
}

/** A slot that is being moved: `CLUSTER NODES` shows it as `[slot->-id]` (migrating) or `[slot-<-id]` (importing). */
export interface OpenSlot {
  readonly slot: number;
  readonly direction: "migrating" | "importing";
  readonly peerId: string;
}

/** One line of `CLUSTER NODES`: what one node says of another (or of itself). */
export interface NodeEntry {
  readonly id: string;
  /** Announced address; empty when the node does not know one (`noaddr`). */
  readonly address: string;
  readonly port: number;
  readonly busPort: number;
  readonly hostname?: string;
  readonly self: boolean;
  readonly role: Role;
  /** `fail`: a majority agreed. */
  readonly failed: boolean;
  /** `fail?`: only this view suspects it. */
  readonly suspected: boolean;
  readonly handshake: boolean;
  readonly noAddress: boolean;
  readonly noFailover: boolean;
  /** Id of the primary that this node follows; undefined for a primary. */
  readonly primaryId?: string;
  readonly configEpoch: number;
  readonly linkConnected: boolean;
  readonly slots: readonly SlotRange[];
  readonly openSlots: readonly OpenSlot[];
}

/** `CLUSTER INFO`, the fields that decide something. */
export interface ClusterInfo {
  readonly state: "ok" | "fail";
  readonly slotsAssigned: number;
  readonly slotsOk: number;
  readonly slotsPfail: number;
  readonly slotsFail: number;
  readonly knownNodes: number;
  readonly size: number;
  readonly currentEpoch: number;
  readonly myEpoch: number;
}

/** `ROLE` of one node. */
export type RoleReply =
  | {
      readonly role: "primary";
      readonly offset: number;
      readonly replicas: readonly { readonly address: string; readonly port: number; readonly offset: number }[];
    }
  | {
      readonly role: "replica";
      readonly primaryAddress: string;
      readonly primaryPort: number;
      /** connect, connecting, sync, connected, or handshake */
      readonly state: string;
      readonly offset: number;
    };

/** One line of `CLUSTER LINKS`. */
export interface BusLink {
  readonly direction: "to" | "from";
  readonly nodeId: string;
  readonly createdMs: number;
  readonly sendBufferBytes: number;
}

export type EngineName = "redis" | "valkey";

/** `INFO`, the fields that decide something. Sizes in bytes, ages in seconds unless the name says otherwise. */
export interface ServerInfo {
  readonly engine: EngineName;
  readonly version: string;
  readonly processId: number;
  readonly runId: string;
  readonly uptimeSeconds: number;
  readonly loading: boolean;
  readonly asyncLoading: boolean;
  readonly role: Role;
  readonly primaryLinkUp?: boolean;
  readonly primaryLinkDownSeconds?: number;
  readonly syncInProgress?: boolean;
  readonly replicationId: string;
  readonly replicationOffset: number;
  readonly replicas: readonly {
    readonly address: string;
    readonly port: number;
    readonly state: string;
    readonly offset: number;
    readonly lagSeconds: number;
  }[];
  readonly usedMemoryBytes: number;
  readonly usedMemoryRssBytes: number;
  readonly maxMemoryBytes: number;
  readonly totalSystemMemoryBytes: number;
  readonly lastSaveOk: boolean;
  readonly saveInProgress: boolean;
  readonly aofEnabled: boolean;
  readonly aofLastWriteOk: boolean;
  readonly aofLastRewriteOk: boolean;
  readonly aofRewriteInProgress: boolean;
  readonly syncFull: number;
  readonly syncPartialOk: number;
  readonly unexpectedErrorReplies: number;
  /** `errorstat_<CODE>` of `INFO errorstats`: what this process answered, e.g. `{ MOVED: 12 }`. */
  readonly errors: Readonly<Record<string, number>>;
  readonly keys: number;
}

/** All that one node said when it was asked, at one moment. */
export interface View {
  /** Where we asked. */
  readonly address: string;
  readonly port: number;
  /** Id of the node that answered. */
  readonly nodeId: string;
  readonly nodes: readonly NodeEntry[];
  readonly cluster: ClusterInfo;
  readonly server: ServerInfo;
  readonly role: RoleReply;
  /** Empty where the engine has no `CLUSTER LINKS` (older than 7.0). */
  readonly links: readonly BusLink[];
  /** `CONFIG GET` values that the checks compare; missing when we may not read them. */
  readonly config: Readonly<Record<string, string>>;
}

/** A node that could not be asked, with the reason. */
export interface Unreachable {
  readonly address: string;
  readonly port: number;
  /** refused | timeout | auth | loading | error */
  readonly kind: "refused" | "timeout" | "auth" | "loading" | "error";
  readonly reason: string;
}

/** Where a pod stands; labels of the host on Kubernetes, free labels on the local platform. */
export interface Placement {
  readonly pod: string;
  readonly host: string;
  readonly zone: string;
}

/** What the platform knows of a node beside what the node says itself. */
export interface NodeFacts {
  readonly address: string;
  readonly port: number;
  readonly placement?: Placement;
  /** Of the volume that holds the data directory. */
  readonly diskFreeBytes?: number;
  readonly diskTotalBytes?: number;
  readonly diskInodesFree?: number;
  /** Bytes of dump.rdb and the AOF together. */
  readonly dataBytes?: number;
}

/** One node after N views were combined. */
export interface TopologyNode {
  readonly id: string;
  readonly address: string;
  readonly port: number;
  readonly role: Role;
  readonly primaryId?: string;
  readonly configEpoch: number;
  readonly slots: readonly SlotRange[];
  /** Its own view, when it could be asked. */
  readonly view?: View;
}

/** A primary with its replicas. */
export interface Shard {
  readonly primary: TopologyNode;
  readonly replicas: readonly TopologyNode[];
  readonly slots: readonly SlotRange[];
}

/** Something on which two views differ. */
export interface Disagreement {
  /** e.g. `role`, `slots`, `address`, `known-nodes`, `flags`, `primary`, `epoch` */
  readonly kind: string;
  /** Node id it is about. */
  readonly about: string;
  /** Sentence with both values and who said which. */
  readonly message: string;
}

/** N views made one. */
export interface Topology {
  readonly nodes: readonly TopologyNode[];
  readonly shards: readonly Shard[];
  /** Replicas that follow no known primary. */
  readonly strays: readonly TopologyNode[];
  readonly views: readonly View[];
  readonly unreachable: readonly Unreachable[];
  readonly disagreements: readonly Disagreement[];
  /** Equal slot maps have equal signatures: `slots -> primary id`, sorted. */
  readonly slotSignature: string;
  readonly slotsCovered: number;
}

/** A named condition with its answer and the evidence for it: what a gate or a proof is made of. */
export interface Condition {
  readonly name: string;
  readonly holds: boolean;
  /** Why it holds or not, with the values seen. */
  readonly reason: string;
}

export type Severity = "block" | "warn";

/** What a health check found. */
export interface Finding {
  /** Stable id, e.g. `slots.covered`. */
  readonly id: string;
  readonly status: "pass" | "fail";
  readonly severity: Severity;
  /** The node or shard it is about; undefined for the cluster. */
  readonly subject?: string;
  /** What was seen, with values. */
  readonly evidence: string;
  /** What to do, when it failed. */
  readonly advice?: string;
}
