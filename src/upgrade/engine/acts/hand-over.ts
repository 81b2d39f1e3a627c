import { PROOF_DEADLINE_MS } from "../../../cluster/constants.js";
import type { HandoverResult } from "../../../agent/status.js";
import { isEvenkeelError } from "../../../errors/evenkeel-error.js";
import { waitUntil } from "../../wait-until.js";
import { stepFailed } from "../failures.js";
import { handedOver } from "../settled.js";
import type { EnginePorts } from "../ports.js";
import { type ActOf, type Performing, podNamed } from "./performing.js";

/** What a hand-over needs of a run. */
interface HandingOver extends Pick<Performing, "span"> {
  readonly ports: Pick<EnginePorts, "platform" | "agents" | "clock" | "observe">;
}

/** An agent that was killed is started again by its platform in about this time. */
const ASK_AGAIN_MS = 1000;

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/**
 * Asks the pod's agent until it answers. One that was killed meanwhile remembers what it had asked its server for: asked again, it
 * takes that up, proves and drains it, or waits until the votes of a failed try are forgotten.
 */
async function askAgent(
  run: HandingOver,
  { pod: name, to }: Pick<ActOf<"hand-over">, "pod" | "to">,
  deadlineMs: number,
): Promise<HandoverResult> {
  const { ports, span } = run;
  const { clock } = ports;
  const end = clock.now() + deadlineMs;
  for (;;) {
    try {
      const signal = AbortSignal.timeout(Math.max(1, Math.round(end - clock.now())));
      return await ports.agents.handOver(name, { to, signal });
    } catch (error) {
      if (!isEvenkeelError(error) || !error.retryable) throw error;
      if (clock.now() + ASK_AGAIN_MS >= end) return lookInstead(run, name, error);
      span.emit("WARNING", `the agent of ${name} did not answer; it is asked again`, { reason: messageOf(error) });
      await clock.sleep(ASK_AGAIN_MS);
    }
  }
}

/** What the cluster shows is what counts, whoever can tell about it. */
async function lookInstead(run: HandingOver, name: string, error: unknown): Promise<HandoverResult> {
  const seen = handedOver(await run.ports.observe(), await podNamed(run, name));
  const reason = `its agent does not answer (${messageOf(error)}); ${seen.reached ? "the slots are with another node" : seen.reason}`;
  return { outcome: seen.reached ? "done" : "failed", from: name, attempts: 1, reason, timings: {} };
}

/**
 * Asks the pod's agent, which proves and drains; then looks for itself. An interrupt is heard when it is over.
 * @returns what the agent says of it
 * @throws EvenkeelError `HANDOVER_FAILED`, `DEADLINE`
 */
export async function handOver(
  run: HandingOver,
  act: Pick<ActOf<"hand-over">, "pod" | "to">,
  deadlineMs: number,
): Promise<HandoverResult> {
  const { pod: name } = act;
  const { ports, span } = run;
  span.emit("HANDOVER_STARTED", `${name} hands its slots over`, { from: name });
  const result = await askAgent(run, act, deadlineMs);
  span.finish("HANDOVER_FINISHED", `${name} -> ${result.to ?? "-"}: ${result.outcome}; ${result.reason}`, {
    from: result.from,
    ...(result.to === undefined ? {} : { to: result.to }),
    outcome: result.outcome,
    attempts: result.attempts,
    timings: result.timings,
  });
  if (result.outcome !== "done" && result.outcome !== "not-needed") {
    throw stepFailed("HANDOVER_FAILED", `${name} could not hand its slots over: ${result.reason}`);
  }
  const pod = await podNamed(run, name);
  await waitUntil(`${name} to be a replica in every view`, async () => handedOver(await ports.observe(), pod), {
    clock: ports.clock,
    deadlineMs: 2 * PROOF_DEADLINE_MS,
    recorder: span,
    everyMs: 50,
  });
  return result;
}
