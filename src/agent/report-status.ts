import type { NodeEntry, View } from "../cluster/types.js";
import type { AgentConfig } from "./config.js";
import type { History } from "./history.js";
import type { AgentState } from "./state.js";
import type { AgentStatus, Sight } from "./status.js";

const countSlots = (node: NodeEntry | undefined): number =>
  (node?.slots ?? []).reduce((sum, { start, end }) => sum + end - start + 1, 0);

/** What this node says of another. */
export function sightOf(node: NodeEntry, view: View): Sight {
  // Engines older than 7.0 have no CLUSTER LINKS: then the one link-state of CLUSTER NODES speaks for both directions.
  const link = (direction: "to" | "from"): boolean =>
    view.links.length === 0
      ? node.linkConnected
      : view.links.some((one) => one.nodeId === node.id && one.direction === direction);
  return {
    nodeId: node.id,
    address: node.address,
    port: node.port,
    role: node.role,
    ...(node.primaryId === undefined ? {} : { primaryId: node.primaryId }),
    slots: countSlots(node),
    failed: node.failed,
    suspected: node.suspected,
    handshake: node.handshake,
    linkTo: link("to") && node.linkConnected,
    linkFrom: link("from"),
  };
}

export interface ReportInputs {
  readonly config: AgentConfig;
  readonly state: AgentState;
  readonly view: View | undefined;
  readonly viewAgeMs: number;
  readonly history: History;
  readonly formed: boolean;
  /** When this server process began, by this agent's monotonic clock; finer than the engine's whole seconds. */
  readonly uptimeMs: number;
  readonly agentUptimeMs: number;
}

/** Builds what `GET /status` answers. */
export function reportStatus({
  config,
  state,
  view,
  viewAgeMs,
  history,
  formed,
  uptimeMs,
  agentUptimeMs,
}: ReportInputs): AgentStatus {
  const self = view?.nodes.find((node) => node.self);
  return {
    pod: config.pod,
    ordinal: config.ordinal,
    cluster: config.cluster,
    phase: state.phase,
    reason: state.reason,
    address: config.announceAddress,
    port: config.serverPort,
    placement: config.placement,
    agentUptimeMs,
    processId: process.pid,
    ready: {
      ready: state.readiness.length > 0 && state.readiness.every((condition) => condition.holds),
      conditions: state.readiness,
    },
    ...(view && self
      ? {
          server: {
            nodeId: view.nodeId,
            runId: view.server.runId,
            engine: view.server.engine,
            version: view.server.version,
            role: view.role.role,
            ...(self.primaryId === undefined ? {} : { primaryId: self.primaryId }),
            uptimeMs,
            slots: countSlots(self),
            keys: view.server.keys,
            replicationOffset: view.server.replicationOffset,
            ...(view.server.primaryLinkUp === undefined ? {} : { primaryLinkUp: view.server.primaryLinkUp }),
            knownNodes: view.cluster.knownNodes,
            lookedAgoMs: viewAgeMs,
          },
        }
      : {}),
    formed,
    sees: view ? view.nodes.filter((node) => !node.self).map((node) => sightOf(node, view)) : [],
    stopping: state.stopping,
    history: history.tell(),
    movedAside: state.movedAside,
  };
}
