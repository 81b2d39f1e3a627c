import { readFileSync } from "node:fs";
import type { Agent } from "./agent.js";
import type { EngineSpec } from "../cluster/engines.js";
import { readIfThere } from "./files.js";
import { handOver } from "./handover/hand-over.js";
import { stopsForRestore } from "./restore/restore-request.js";
import type { HandoverResult } from "./status.js";
import { watchForEnd } from "./watch-for-end.js";

/** Version that the present upgrade goes to, when one is published. */
function targetVersion({ config }: Agent): string | undefined {
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
 * @param target what the candidate should run; what is published when left out
 * @param to pod that should take over, if it can
 */
export function handOverOnce(
  agent: Agent,
  { stopping, target, to }: { readonly stopping: boolean; readonly target?: EngineSpec; readonly to?: string },
): Promise<HandoverResult> {
  const { state } = agent;
  if (stopping) {
    state.stopping = true;
    state.stoppingRun = agent.own.view()?.server.runId;
  }
  state.handover ??= (async () => {
    const phase = state.phase;
    try {
      if (stopping) await waitWhileNamed(agent);
      const view = await agent.own.refresh();
      if (stopping && view) state.stoppingRun = view.server.runId;
      if (view === undefined && stopping && agent.config.serverIsInit && agent.gate.turnAway())
        agent.log("the server that waited at the start gate was turned away: the pod is being stopped");
      if (stopping && stopsForRestore(agent.config)) {
        const reason = "its shard is put back to a snapshot";
        agent.log(`nothing is handed over: ${reason}`);
        return { outcome: "not-needed", from: agent.config.pod, attempts: 0, reason, timings: {} };
      }
      state.phase = "handing-over";
      const result = await attempt(agent, { target: target?.version ?? targetVersion(agent), to });
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

/** Given up when nobody is left to hand over to: the whole cluster stops, or is removed. */
async function attempt(
  agent: Agent,
  { target, to }: { readonly target: string | undefined; readonly to: string | undefined },
): Promise<HandoverResult> {
  const { state, config, clock } = agent;
  const end = watchForEnd(agent);
  try {
    return await handOver(
      {
        config,
        clock,
        fleet: agent.newFleet(),
        scripts: config.scripts.map((file) => readFileSync(file, "utf8")),
        peers: agent.peers,
        turn: agent.turn,
        memory: agent.memory,
        status: agent.status,
        targetVersion: () => target,
        preferredPod: to,
        say: (what) => {
          // The same wait with another figure is no news.
          if (what !== "" && withoutFigures(what) !== withoutFigures(state.reason)) agent.log(what);
          state.reason = what;
        },
      },
      { budgetMs: config.handoverBudgetMs, signal: end.signal },
    );
  } catch (error) {
    if (!end.signal.aborted) throw error;
    return { outcome: "impossible", from: config.pod, attempts: 0, reason: String(end.signal.reason), timings: {} };
  } finally {
    end.close();
  }
}

const withoutFigures = (text: string): string => text.replaceAll(/\d+/g, "");

/** A pod that another hand-over names waits for its outcome: it may be a primary afterwards. */
async function waitWhileNamed({ state, clock }: Agent): Promise<void> {
  while (state.named !== undefined && state.named.untilMs > clock.now()) {
    state.reason = `waits for the hand-over of ${state.named.by}, which names this pod`;
    await clock.sleep(50);
  }
}
