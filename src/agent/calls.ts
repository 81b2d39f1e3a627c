import { type Agent, handOverOnce } from "./agent.js";
import type { ControlCommands } from "./control-server.js";
import type { CandidateCall } from "./handover/hand-over.js";
import type { HttpReply, HttpRoutes } from "./http-server.js";
import { renderMetrics } from "./metrics.js";
import type { HandoverResult } from "./status.js";
import type { TurnCall } from "./turn.js";

const ok = (body: unknown): HttpReply => ({ status: 200, body });
const bad = (error: string): HttpReply => ({ status: 400, body: { error } });

/** A result as one line; an outcome that left slots behind is an error to the caller. */
function sentence(result: HandoverResult): string {
  const { outcome, to, reason, timings } = result;
  const total = Math.round(Object.values(timings).reduce((sum, ms) => sum + ms, 0));
  if (outcome === "done") return `OK handed over to ${to ?? "a replica"} in ${total} ms; ${reason}`;
  if (outcome === "not-needed") return `OK nothing to hand over: ${reason}`;
  throw new Error(`hand-over ${outcome}: ${reason}`);
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
  };
}

/** Routes of the HTTP port. */
export function httpRoutes(agent: Agent): HttpRoutes {
  const { state } = agent;
  return {
    get: {
      "/started": () => ok({ started: true }),
      "/live": () => ok({ live: true }),
      "/ready": () => {
        const { ready } = agent.status();
        return { status: ready.ready ? 200 : 503, body: ready };
      },
      "/status": () => ok(agent.status()),
      "/metrics": () => ok(renderMetrics(agent.status(), agent.own.view(), state.counters)),
    },
    post: {
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
      "/handover": async () => ok(await handOverOnce(agent, { stopping: false })),
    },
  };
}
