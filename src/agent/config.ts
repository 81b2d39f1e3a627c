import type { EngineName, Placement } from "../cluster/types.js";

/** Paths, and whether clients have to show a certificate too. */
export interface TlsFiles {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
  readonly authClients: boolean;
}

/** What an agent is told at its start, as one JSON file (`agent.mjs --config FILE`). Written by the platform. */
export interface AgentConfig {
  readonly pod: string;
  readonly ordinal: number;
  /** Identity of the cluster, e.g. a UUID made at `up`. */
  readonly cluster: string;
  readonly placement: Placement;
  /** Address to listen on, agent and server; `*`: all of the pod's. */
  readonly bindAddress: string;
  /** Where this agent dials its own server; without it, at the announced address. */
  readonly ownAddress?: string;
  /** Address that the server announces to clients and peers; locally the same as the one it listens on. */
  readonly announceAddress: string;
  readonly addresses: "stable" | "pod";
  readonly serverPort: number;
  readonly controlPort: number;
  readonly httpPort: number;
  readonly shards: number;
  /** Replicas per shard. */
  readonly replicas: number;
  /** What this pod's server is. */
  readonly engine: EngineName;
  readonly version: string;
  /** The server's data directory (the volume). */
  readonly dataDir: string;
  /** Path of the FIFO that is the server's configuration file; the agent makes and serves it. */
  readonly gate: string;
  /** Mode 0600; the value of the token header. */
  readonly tokenFile: string;
  /** Password of the default user, when there is one. */
  readonly passwordFile?: string;
  /** Further users of the server, in the lines of an ACL file. */
  readonly usersFile?: string;
  /** The agents log in as a user of their own, whose password comes from the token; without it, as the default user. */
  readonly agentUser?: boolean;
  /** Everything is spoken in TLS with these files: clients, replication, bus. */
  readonly tls?: TlsFiles;
  /** Name that is announced beside the address; with TLS clients are sent to it, because certificates hold names. */
  readonly announceHostname?: string;
  /** JSON `{ "engine": …, "version": … }`: the version that the present upgrade goes to; may be missing. */
  readonly targetFile: string;
  /**
   * JSON `{ "pods": n }`: how many pods the cluster has now; read at every look, so that agents need no restart when a pod is
   * added or removed. Without it the number is `shards * (1 + replicas)`.
   */
  readonly sizeFile?: string;
  /** The server is process 1 of its container: until it has read its configuration it ignores SIGTERM. */
  readonly serverIsInit?: boolean;
  /** Pod of the shard that this one joins when its volume is empty; without it, the shard that lacks replicas most. */
  readonly follow?: string;
  /** Folder with one file per pod, named as the pod, whose text is the pod's present address; where DNS does not tell it. */
  readonly peersDir?: string;
  readonly nodeTimeoutMs: number;
  readonly gracePeriodMs: number;
  readonly handoverBudgetMs: number;
  /** Further lines of the server's configuration, from the user. */
  readonly serverConfig: readonly string[];
  /** Files with one Lua script each, loaded into the candidate before a hand-over. */
  readonly scripts: readonly string[];
}
