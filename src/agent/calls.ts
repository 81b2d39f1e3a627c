import type { Agent } from "./agent.js";
import type { ControlCommands } from "./control-server.js";
import { handOverOnce } from "./hand-over-once.js";
import type { CandidateCall } from "./handover/name-candidate.js";
import type { HttpRoutes } from "./http-server.js";
import { renderMetrics } from "./metrics.js";
import { canaryRoute } from "./routes/canary.js";
import { bad, ok } from "./routes/replies.js";
import { restoreRoutes } from "./routes/restore.js";
import { snapshotRoutes } from "./routes/snapshot.js";
import { readTarget, rememberTarget } from "./routes/target.js";
import { showView } from "./routes/view.js";
import type { HandoverResult } from "./status.js";
import type { TurnCall } from "./turn.js";

/** A result as one line; an outcome that left slots behind is an error to the caller. */
function sentence(result: HandoverResult): string {
  const { outcome, to, reason, timings } = result;
  const total = Math.round(Object.values(timings).reduce((sum, ms) => sum + ms, 0));
  if (outcome === "done") return `OK handed over to ${to ?? "a replica"} in ${total} ms; ${reason}`;
  if (outcome === "not-needed") return `OK nothing to hand over: ${reason}`;
  throw new Error(`hand-over ${outcome}: ${reason}`);
}

/** @throws Error when nothing is held: said beforehand it would open a start that nobody has looked at */
function giveDataUp({ state, log }: Agent): string {
  if (state.phase !== "held") throw new Error(`the server of this pod is not held: the agent is ${state.phase}`);
  state.dataGivenUp = true;
  log(`OPEN: a person gives the data up; was held: ${state.reason}`);
  return "OK";
}

/** Commands of the control port, reachable only from inside the pod. */
export function controlCommands(agent: Agent): ControlCommands {
  return {
    PING: { help: "answers PONG", simple: true, run: () => "PONG" },
    STATUS: { help: "this agent's status as JSON", run: () => JSON.stringify(agent.status()) },
    HANDOVER: {
      help: "the pod is about to stop: gives its slots to a replica, proves it, drains; answers when done",
      simple: true,
      run: async () => sentence(await handOverOnce(agent, { stopping: true })),
    },
    OPEN: {
      help: "the shard's data is gone for good: the held server may start without it; a replica that comes back later is emptied",
      simple: true,
      run: () => giveDataUp(agent),
    },
  };
}

/** Routes of the HTTP port. */
export function httpRoutes(agent: Agent): HttpRoutes {
  const { state } = agent;
  const snapshots = snapshotRoutes(agent);
  return {
    get: {
      "/started": () => ok({ started: true }),
      "/live": () => ok({ live: true }),
      "/ready": () => {
        const { ready } = agent.status();
        return { status: ready.ready ? 200 : 503, body: ready };
      },
      "/status": () => ok(agent.status()),
      "/view": () => showView(agent),
      "/metrics": () => ok(renderMetrics(agent.status(), agent.own.view(), state.counters)),
    },
    guarded: snapshots.guarded,
    post: {
      ...snapshots.post,
      ...restoreRoutes(agent),
      "/canary": canaryRoute(agent),
      "/target": (body) => {
        const target = readTarget(body);
        rememberTarget(agent.config, target);
        return ok({ target: target ?? null });
      },
      "/turn": (body) => {
        const call = body as Partial<TurnCall> | undefined;
        return typeof call?.holder === "string"
          ? ok(agent.keeper.answer({ holder: call.holder, release: call.release === true }))
          : bad("holder is missing");
      },
      "/candidate": (body) => {
        const call = body as Partial<CandidateCall> | undefined;
        if (typeof call?.by !== "string" || typeof call.forMs !== "number") return bad("by or forMs is missing");
        if (state.stopping && call.forMs > 0) return ok({ accepted: false, reason: "this pod is being stopped" });
        state.named =
          call.forMs > 0 ? { by: call.by, untilMs: agent.clock.now() + Math.min(call.forMs, 30_000) } : undefined;
        return ok({ accepted: true, reason: "" });
      },
      "/handover": async (body) => {
        const target = readTarget(body);
        const { to } = (body ?? {}) as { to?: unknown };
        return ok(
          await handOverOnce(agent, {
            stopping: false,
            ...(target ? { target } : {}),
            ...(typeof to === "string" ? { to } : {}),
          }),
        );
      },
    },
  };
}
