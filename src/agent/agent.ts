import { readFileSync } from "node:fs";
import { TURN_LIMIT_MS } from "../cluster/constants.js";
import type { Clock } from "../ports/clock.js";
import { expectedPods } from "./cluster-size.js";
import type { AgentConfig } from "./config.js";
import { readIfThere } from "./files.js";
import { createGate, type Gate } from "./gate.js";
import { createFleet, type Fleet } from "./handover/fleet.js";
import { handOver } from "./handover/hand-over.js";
import { createHealer, type Healer } from "./heal.js";
import { createHistory, type History } from "./history.js";
import { bootId, type MemoryStore, openMemory } from "./memory.js";
import { createOwnServer, type OwnServer } from "./own-server.js";
import { createPeers, type FindPeers, type Peers } from "./peers.js";
import { listAside } from "./prepare.js";
import { reportStatus } from "./report-status.js";
import { serverConfig } from "./server-config.js";
import { type AgentState, newState } from "./state.js";
import type { AgentStatus, HandoverResult } from "./status.js";
import { createPromiseKeeper, createTurn, type PromiseKeeper, type Turn } from "./turn.js";

/** The parts of one agent. */
export interface Agent {
  readonly config: AgentConfig;
  readonly clock: Clock;
  readonly state: AgentState;
  readonly memory: MemoryStore;
  readonly own: OwnServer;
  readonly peers: Peers;
  readonly fleet: Fleet;
  readonly history: History;
  readonly healer: Healer;
  readonly keeper: PromiseKeeper;
  readonly turn: Turn;
  readonly gate: Gate;
  /** Same boot as when the server last ran? */
  readonly hostRestarted: boolean;
  readonly password: () => string | undefined;
  readonly token: () => string;
  /** Text of the server's configuration. */
  readonly configText: () => string;
  readonly status: () => AgentStatus;
  readonly log: (message: string) => void;
}

/** Puts an agent together; nothing runs yet but the gate, which stays shut. */
export function createAgent(
  config: AgentConfig,
  deps: { readonly clock: Clock; readonly findPeers: FindPeers; readonly log: (message: string) => void },
): Agent {
  const { clock, log } = deps;
  const born = clock.now();
  const state = newState();
  const memory = openMemory(config);
  const token = (): string => readFileSync(config.tokenFile, "utf8").trim();
  const password = (): string | undefined =>
    config.passwordFile === undefined ? undefined : (readIfThere(config.passwordFile) ?? "").trim();
  const own = createOwnServer(config, password);
  const peers = createPeers(config, deps.findPeers, token);
  const history = createHistory(memory, () => state.servedStart);
  const keeper = createPromiseKeeper(
    memory,
    () => !memory.remembered && !state.sawBirth && clock.now() - born < TURN_LIMIT_MS,
  );
  const stored = memory.get();
  state.movedAside = listAside(config);
  let seenRun: { id: string; sinceMs: number } | undefined;
  return {
    config,
    clock,
    state,
    memory,
    own,
    peers,
    history,
    keeper,
    fleet: createFleet(config.serverPort, password()),
    healer: createHealer(config),
    turn: createTurn({ pod: config.pod, agents: () => expectedPods(config), keeper, peers, clock }),
    gate: createGate(config.gate, () => {
      state.servedStart = true;
      memory.update({ running: true, bootId: bootId() });
      log("a server was let through the start gate");
    }),
    hostRestarted: stored.running && stored.bootId !== "" && stored.bootId !== bootId(),
    password,
    token,
    configText: () => serverConfig(config, password()),
    status: () => {
      const view = own.view();
      const now = clock.now();
      if (view && seenRun?.id !== view.server.runId)
        seenRun = { id: view.server.runId, sinceMs: now - view.server.uptimeSeconds * 1000 };
      return reportStatus({
        config,
        state,
        view,
        viewAgeMs: own.viewAgeMs(),
        history,
        formed: memory.get().formed,
        uptimeMs: seenRun ? now - seenRun.sinceMs : 0,
        agentUptimeMs: now - born,
      });
    },
    log,
  };
}

/** Version that the present upgrade goes to, when one is published. */
function targetVersion(config: AgentConfig): string | undefined {
  try {
    const target = JSON.parse(readIfThere(config.targetFile) ?? "null") as { version?: string } | null;
    return target?.version;
  } catch {
    return undefined;
  }
}

/**
 * Hands this node's slots over; a second call while one runs gets the same hand-over.
 * @param stopping true from the preStop hook: this pod is no candidate any more
 */
export function handOverOnce(agent: Agent, { stopping }: { stopping: boolean }): Promise<HandoverResult> {
  const { state, config, clock } = agent;
  if (stopping) state.stopping = true;
  state.handover ??= (async () => {
    const phase = state.phase;
    try {
      if (stopping) await waitWhileNamed(agent);
      await agent.own.refresh();
      state.phase = "handing-over";
      const result = await handOver(
        {
          config,
          clock,
          password: agent.password(),
          scripts: config.scripts.map((file) => readFileSync(file, "utf8")),
          peers: agent.peers,
          turn: agent.turn,
          memory: agent.memory,
          status: agent.status,
          targetVersion: () => targetVersion(config),
          say: (what) => {
            // The same wait with another figure is no news.
            if (what !== "" && withoutFigures(what) !== withoutFigures(state.reason)) agent.log(what);
            state.reason = what;
          },
        },
        { budgetMs: config.handoverBudgetMs },
      );
      if (result.outcome === "done") state.counters.handovers += 1;
      if (result.outcome === "failed" || result.outcome === "impossible") state.counters.handoverFailures += 1;
      agent.log(`hand-over: ${JSON.stringify(result)}`);
      return result;
    } finally {
      state.phase = state.stopping ? "stopping" : phase;
      state.handover = undefined;
    }
  })();
  return state.handover;
}

const withoutFigures = (text: string): string => text.replaceAll(/\d+/g, "");

/** A pod that another hand-over names waits for its outcome: it may be a primary afterwards. */
async function waitWhileNamed({ state, clock }: Agent): Promise<void> {
  while (state.named !== undefined && state.named.untilMs > clock.now()) {
    state.reason = `waits for the hand-over of ${state.named.by}, which names this pod`;
    await clock.sleep(50);
  }
}
