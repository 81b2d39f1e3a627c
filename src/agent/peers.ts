import { readdirSync } from "node:fs";
import { join } from "node:path";
import type { AgentConfig } from "./config.js";
import { readIfThere } from "./files.js";
import { requestJson } from "./request.js";
import type { AgentStatus } from "./status.js";

/** A pod of this cluster and the address at which its agent is now. */
export interface PeerAddress {
  readonly pod: string;
  readonly address: string;
}

/** How peers are found: a folder of files locally, DNS on Kubernetes. */
export type FindPeers = () => Promise<readonly PeerAddress[]>;

/**
 * Finds peers in a folder that holds one file per pod with its address. Read at once: through promises a look at five files
 * costs ten times as much (1.1 against 0.1 ms of processor time), and every agent looks every second.
 */
export function peersInFolder(folder: string, ownPod: string): FindPeers {
  return () => {
    const found = podFiles(folder, ownPod).map((pod) => ({
      pod,
      address: (readIfThere(join(folder, pod)) ?? "").trim(),
    }));
    return Promise.resolve(found.filter((peer) => peer.address !== "").toSorted((a, b) => a.pod.localeCompare(b.pod)));
  };
}

function podFiles(folder: string, ownPod: string): readonly string[] {
  try {
    return readdirSync(folder).filter((name) => name !== ownPod && !name.includes("."));
  } catch {
    return [];
  }
}

export interface Peers {
  /** Last status of every peer that answered at the last look and belongs to this cluster. */
  statuses(): readonly AgentStatus[];
  refresh(): Promise<readonly AgentStatus[]>;
  /** Where the agent of this pod was found at the last look. */
  addressOf(pod: string): string | undefined;
  /** A state-changing call to a peer's agent. @throws EvenkeelError `AGENT_UNREACHABLE`, `AGENT_REFUSED` */
  post<Reply>(pod: string, path: string, body: unknown, timeoutMs: number): Promise<Reply>;
}

/** Knows the other agents of this cluster. An agent of another cluster at a re-used address is never listed. */
export function createPeers(config: AgentConfig, find: FindPeers, token: () => string): Peers {
  let statuses: readonly AgentStatus[] = [];
  let addresses: ReadonlyMap<string, string> = new Map();
  const refresh = async (): Promise<readonly AgentStatus[]> => {
    const found = await find();
    addresses = new Map(found.map((peer) => [peer.pod, peer.address]));
    const replies = await Promise.all(
      found.map((peer) =>
        requestJson<AgentStatus>({
          address: peer.address,
          port: config.httpPort,
          path: "/status",
          timeoutMs: 1000,
        }).catch(() => undefined),
      ),
    );
    statuses = replies.filter(
      (status): status is AgentStatus => status !== undefined && status.cluster === config.cluster,
    );
    return statuses;
  };
  return {
    statuses: () => statuses,
    refresh,
    addressOf: (pod) => addresses.get(pod),
    post: (pod, path, body, timeoutMs) =>
      requestJson({ address: addresses.get(pod) ?? "", port: config.httpPort, path, body, token: token(), timeoutMs }),
  };
}
