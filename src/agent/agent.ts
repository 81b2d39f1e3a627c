import { TURN_LIMIT_MS } from "../cluster/constants.js";
import type { Clock } from "../ports/clock.js";
import { expectedPods } from "./cluster-size.js";
import type { AgentConfig } from "./config.js";
import { createGate, type Gate } from "./gate.js";
import { createFleet, type Fleet, type FleetAccess } from "./handover/fleet.js";
import { createHealer, type Healer } from "./heal.js";
import { createHistory, type History } from "./history.js";
import { bootId, type MemoryStore, openMemory } from "./memory.js";
import { createOwnServer, type OwnServer } from "./own-server.js";
import { createPeers, type FindPeers, type Peers } from "./peers.js";
import { listAside } from "./prepare.js";
import { createSecretsKeeper, type SecretsKeeper } from "./renew-secrets.js";
import { reportStatus } from "./report-status.js";
import { createSecrets } from "./secrets.js";
import { serverConfig } from "./server-config.js";
import { type AgentState, newState } from "./state.js";
import type { AgentStatus } from "./status.js";
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
  /** Makes a fleet of fresh connections. */
  readonly newFleet: () => Fleet;
  readonly history: History;
  readonly healer: Healer;
  readonly secretsKeeper: SecretsKeeper;
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
  /** The cluster as a whole is being removed: nobody will answer any more. */
  readonly isRemoved: () => Promise<boolean>;
  readonly log: (message: string) => void;
}

/** Puts an agent together; nothing runs yet but the gate, which stays shut. */
export function createAgent(
  config: AgentConfig,
  deps: {
    readonly clock: Clock;
    readonly findPeers: FindPeers;
    readonly isRemoved?: () => Promise<boolean>;
    readonly log: (message: string) => void;
  },
): Agent {
  const { clock, log } = deps;
  const born = clock.now();
  const state = newState();
  const memory = openMemory(config);
  const secrets = createSecrets(config);
  const { login, password, token } = secrets;
  const own = createOwnServer(config, login);
  const fleet: FleetAccess = {
    port: config.serverPort,
    login,
    ...(config.ownAddress === undefined ? {} : { own: { address: config.announceAddress, via: config.ownAddress } }),
  };
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
    fleet: createFleet(fleet),
    newFleet: () => createFleet(fleet),
    healer: createHealer(config),
    secretsKeeper: createSecretsKeeper(config, secrets),
    turn: createTurn({ pod: config.pod, agents: () => expectedPods(config), keeper, peers, clock }),
    gate: createGate(config.gate, {
      onServed: () => {
        state.servedStart = true;
        memory.update({ running: true, bootId: bootId() });
        log("a server was let through the start gate");
      },
      running: { is: () => own.connected(), text: () => serverConfig(config, secrets.accounts()) },
    }),
    hostRestarted: stored.running && stored.bootId !== "" && stored.bootId !== bootId(),
    password,
    token,
    configText: () => serverConfig(config, secrets.accounts()),
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
    isRemoved: deps.isRemoved ?? (() => Promise.resolve(false)),
    log,
  };
}
