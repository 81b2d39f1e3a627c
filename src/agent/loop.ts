import { SLOTS } from "../cluster/constants.js";
import { readyConditions } from "../cluster/ready.js";
import type { View } from "../cluster/types.js";
import type { Agent } from "./agent.js";
import { expectedPods } from "./cluster-size.js";
import { formOnce } from "./form.js";
import { adaptClusterFile, forgetAddresses, giveUpSlots, inspectVolume, listAside, moveDataAside } from "./prepare.js";
import { applyRestore } from "./restore/apply-restore.js";
import { sightOf } from "./report-status.js";
import { decideStart } from "./start-decision.js";
import type { AgentStatus } from "./status.js";

/** Time between two looks: short while something is about to change, long at rest. */
const UNSETTLED_MS = 150;
const SETTLED_MS = 1000;
/** So long no peer is asked while all is quiet: ten calls a second for the same answers were most of what an agent cost. */
const PEERS_AT_REST_MS = 3000;
/** A server that was just let through may not listen yet: its volume is left alone. */
const STARTING_MS = 2000;

/** What the loop remembers from one turn to the next. */
interface LoopMemory {
  heldSince: number | undefined;
  servedAt: number;
  readonly reached: Set<string>;
  /** What the own server saw at the last turn, when this pod and all its peers were as they should be. */
  quiet: string | undefined;
  peersAskedAt: number;
}

/** Runs until the signal aborts. Each turn: look, then do the one thing that the look asks for. */
export async function runLoop(agent: Agent, signal: AbortSignal): Promise<void> {
  const loop: LoopMemory = {
    heldSince: undefined,
    servedAt: Number.NEGATIVE_INFINITY,
    reached: new Set(),
    quiet: undefined,
    peersAskedAt: Number.NEGATIVE_INFINITY,
  };
  while (!signal.aborted) {
    let settled = false;
    try {
      settled = await turn(agent, loop);
    } catch (error) {
      agent.state.reason = error instanceof Error ? error.message : String(error);
      agent.log(`loop: ${agent.state.reason}`);
    }
    await agent.clock.sleep(settled ? SETTLED_MS : UNSETTLED_MS, signal).catch(() => undefined);
  }
}

/** What one turn works with; `seen` is what the own server sees, to be compared with the next turn's. */
interface Look {
  readonly view: View | undefined;
  readonly seen: string | undefined;
  readonly statuses: readonly AgentStatus[];
}

/** Asks the own server at every turn; the peers too, unless nothing has changed since all were well. */
async function look({ own, peers, clock, state }: Agent, loop: LoopMemory): Promise<Look> {
  const { quiet } = loop;
  loop.quiet = undefined;
  const askPeers = (): Promise<readonly AgentStatus[]> => {
    loop.peersAskedAt = clock.now();
    return peers.refresh();
  };
  const atRest = quiet !== undefined && !state.stopping && clock.now() - loop.peersAskedAt < PEERS_AT_REST_MS;
  const [view] = await Promise.all([own.refresh(), atRest ? undefined : askPeers()]);
  const seen = view && sights(view);
  if (atRest && seen !== quiet) await askPeers();
  return { view, seen, statuses: peers.statuses() };
}

const sights = (view: View): string =>
  JSON.stringify([view.cluster.state, view.cluster.currentEpoch, view.nodes.map((node) => sightOf(node, view))]);

const isQuiet = ({ config }: Agent, statuses: readonly AgentStatus[]): boolean =>
  statuses.length === expectedPods(config) - 1 && statuses.every((peer) => peer.ready.ready && !peer.stopping);

async function turn(agent: Agent, loop: LoopMemory): Promise<boolean> {
  const { view, seen, statuses } = await look(agent, loop);
  if (view === undefined) {
    agent.state.readiness = [{ name: "server", holds: false, reason: agent.own.reason() }];
    if (/ECONNREFUSED|no connection/.test(agent.own.reason())) prepareStart(agent, loop, statuses);
    return false;
  }
  loop.heldSince = undefined;
  agent.gate.shut();
  stayAfterRestart(agent, view);
  agent.history.observe(view);
  await announce(agent, view);
  for (const done of await agent.secretsKeeper.keep(await agent.own.connection(), agent.clock.now())) agent.log(done);
  if (!agent.memory.get().formed) await becomeFormed(agent, view, statuses);
  else await serve(agent, view, statuses);
  agent.state.readiness = readiness(agent, view, statuses, loop);
  const settled =
    agent.memory.get().formed && agent.state.readiness.every((condition) => condition.holds) && !agent.state.stopping;
  loop.quiet = settled && isQuiet(agent, statuses) ? seen : undefined;
  return settled;
}

/** A Service that was made anew has another address: a server that was started before it announces the old one. */
async function announce({ config, own, log }: Agent, view: View): Promise<void> {
  const announced = view.config["cluster-announce-ip"];
  const { announceAddress, ownAddress } = config;
  if (ownAddress === undefined || announced === undefined || announced === announceAddress) return;
  const connection = await own.connection();
  await connection.call(
    "CONFIG",
    "SET",
    "cluster-announce-ip",
    announceAddress,
    "replica-announce-ip",
    announceAddress,
  );
  log(`announces ${announceAddress} instead of ${announced}`);
}

/**
 * A server that runs again after its preStop hook: only its container was restarted, because a liveness probe failed. The pod
 * stays, and is a candidate again.
 */
function stayAfterRestart({ state, log }: Agent, { server }: View): void {
  if (!state.stopping || state.handover !== undefined || server.runId === state.stoppingRun) return;
  state.stopping = false;
  state.phase = "serving";
  log("the server was started again: this pod goes on");
}

/** Decides about the next start of the server and opens the gate for one start, or keeps it shut and says why. */
function prepareStart(agent: Agent, loop: LoopMemory, peers: readonly AgentStatus[]): void {
  const { clock, config, state, memory } = agent;
  const now = clock.now();
  if (now - loop.servedAt < STARTING_MS) return;
  loop.heldSince ??= now;
  if (state.stopping && state.handover === undefined) memory.update({ running: false });
  const restored = applyRestore(config);
  if (restored !== undefined) {
    agent.log(restored);
    state.movedAside = listAside(config);
  }
  const volume = inspectVolume(config);
  const decision = decideStart({
    config,
    volume,
    hostRestarted: agent.hostRestarted,
    peers,
    heldMs: now - loop.heldSince,
    dataGivenUp: state.dataGivenUp,
  });
  if (decision.kind === "hold") {
    if (state.reason !== decision.reason) agent.log(`held: ${decision.reason}`);
    state.phase = "held";
    state.reason = decision.reason;
    agent.gate.shut();
    return;
  }
  const adapted = adaptClusterFile(config);
  if (adapted.length > 0) agent.log(`cluster file, for ${config.engine} ${config.version}: ${adapted.join(", ")}`);
  const { self } = volume;
  if (self !== undefined && self.address !== "" && self.address !== config.announceAddress) {
    const forgotten = forgetAddresses(config, new Set(peers.map((peer) => peer.address)));
    if (forgotten.length > 0) agent.log(`this pod has moved: forgets the addresses ${forgotten.join(", ")}`);
  }
  if (decision.moveAside) {
    const moved = moveDataAside(config, new Date().toISOString().replaceAll(":", "-"));
    if (moved.length > 0)
      agent.log(`moved aside, because ${config.engine} ${config.version} cannot read it: ${moved.join(", ")}`);
    state.movedAside = listAside(config);
  }
  if (decision.withoutSlots) {
    giveUpSlots(config);
    memory.update({ formed: false });
    agent.log("its slots are served by others and its data is gone: starts without slots, and joins anew");
  }
  state.phase = "gate-open";
  state.reason = "waits for the server to start";
  const text = agent.configText();
  agent.gate.open(() => {
    loop.servedAt = clock.now();
    state.dataGivenUp = false;
    agent.gate.shut();
    return text;
  });
}

function isWhole(view: View, expected: number, replicas: number): boolean {
  const { cluster, nodes } = view;
  const following = nodes.filter((node) => node.role === "replica").length;
  return (
    cluster.state === "ok" &&
    cluster.slotsAssigned === SLOTS &&
    cluster.knownNodes === expected &&
    following === replicas
  );
}

/** Before the cluster was seen whole: ordinal 0 forms it; a node that came new into a formed cluster joins it. */
async function becomeFormed(agent: Agent, view: View, statuses: readonly AgentStatus[]): Promise<void> {
  const { config, state, memory } = agent;
  const expected = expectedPods(config);
  if (isWhole(view, expected, expected - config.shards)) {
    memory.update({ formed: true });
    state.phase = "serving";
    state.reason = "";
    agent.log("the cluster is formed");
    return;
  }
  if (statuses.some((status) => status.formed)) {
    state.phase = "joining";
    await heal(agent, view, statuses);
    return;
  }
  if (statuses.length === expected - 1 && view.cluster.knownNodes === 1) state.sawBirth = true;
  // Ordinal 0 may have been removed: then the lowest does it, which is known once all answer.
  const others = statuses.map((status) => status.ordinal);
  const former = others.length === expected - 1 ? Math.min(config.ordinal, ...others) : 0;
  if (config.ordinal !== former) {
    state.phase = "unformed";
    state.reason = `waits for ordinal ${former} to form the cluster`;
    return;
  }
  state.phase = "forming";
  const result = await formOnce({ config, fleet: agent.fleet, statuses: [agent.status(), ...statuses] });
  if (result.reason !== "" && result.reason !== state.reason) agent.log(`forming: ${result.state}: ${result.reason}`);
  state.reason = result.reason;
  // Pods beyond the plan join once somebody calls the cluster formed.
  if (result.state === "done") memory.update({ formed: true });
}

async function serve(agent: Agent, view: View, statuses: readonly AgentStatus[]): Promise<void> {
  const { state } = agent;
  if (state.phase !== "handing-over" && state.phase !== "stopping") {
    state.phase = "serving";
    state.reason = "";
  }
  // A hand-over must not meet a REPLICATE or FORGET of our own.
  if (state.handover === undefined) await heal(agent, view, statuses);
}

async function heal(agent: Agent, view: View, peers: readonly AgentStatus[]): Promise<void> {
  const done = await agent.healer.heal({
    view,
    peers,
    connection: await agent.own.connection(),
    now: agent.clock.now(),
  });
  for (const sentence of done) agent.log(`repair: ${sentence}`);
}

function readiness(
  agent: Agent,
  view: View,
  statuses: readonly AgentStatus[],
  loop: LoopMemory,
): ReturnType<typeof readyConditions> {
  const peers = statuses.flatMap((status) => {
    if (!status.server) return [];
    const nodeId = status.server.nodeId;
    const holders = statuses.filter((other) =>
      other.sees.some((sight) => sight.nodeId === nodeId && !sight.failed && !sight.suspected),
    ).length;
    const seesMe = status.sees.find((sight) => sight.nodeId === view.nodeId);
    return [
      { pod: status.pod, nodeId, aliveByMajority: holders * 2 >= statuses.length - 1, ...(seesMe ? { seesMe } : {}) },
    ];
  });
  const conditions = readyConditions({
    view,
    announced: { address: agent.config.announceAddress, port: agent.config.serverPort },
    formed: agent.memory.get().formed,
    peers,
    reachedBefore: loop.reached,
  });
  for (const peer of peers) if (peer.seesMe?.linkTo && peer.seesMe.linkFrom) loop.reached.add(peer.pod);
  return conditions;
}
