import { connect } from "node:net";
import { pause } from "./pause.js";

/** How the hand-over that was asked for before a stop ended. `cut`: the agent's answer never came to its end. */
export interface PreStopResult {
  readonly outcome: "ok" | "error" | "unreachable" | "given-up";
  readonly text: string;
}

const RETRY_EVERY_MS = 50;
/** An agent that was killed is started again: its next process is asked, if it answers within this time. */
const AGENT_RETURNS_WITHIN_MS = 10_000;

type Attempt = { readonly answer: string } | { readonly connected: boolean; readonly trouble: string };

function attempt(host: string, port: number, signal: AbortSignal): Promise<Attempt> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    let connected = false;
    let received = "";
    const done = (result: Attempt): void => {
      signal.removeEventListener("abort", cancel);
      socket.destroy();
      resolve(result);
    };
    const cancel = (): void => done({ connected, trouble: "no answer in time" });
    signal.addEventListener("abort", cancel, { once: true });
    if (signal.aborted) return cancel();
    socket.once("connect", () => {
      connected = true;
      socket.write("HANDOVER\r\n");
    });
    socket.on("data", (data: Buffer) => {
      received += data.toString("utf8");
      const end = received.indexOf("\r\n");
      if (end >= 0) done({ answer: received.slice(0, end) });
    });
    socket.once("error", (error) => done({ connected, trouble: error.message }));
    socket.once("close", () => done({ connected, trouble: "the connection was cut" }));
  });
}

/**
 * The preStop hook: asks the pod's agent to hand over and waits for its answer to the end. An error answer is recorded and
 * the stop goes on, as with any failed preStop hook.
 *
 * @param host the pod's address
 * @param port the agent's control port
 * @param signal aborted when the grace period is over, the server is gone, or nobody wants the hand-over any more
 */
export async function askHandOver(host: string, port: number, signal: AbortSignal): Promise<PreStopResult> {
  let aloneSince = performance.now();
  for (;;) {
    const result = await attempt(host, port, signal);
    if ("answer" in result) {
      return { outcome: result.answer.startsWith("-") ? "error" : "ok", text: result.answer.slice(1) };
    }
    if (signal.aborted) return { outcome: "given-up", text: String(signal.reason) };
    if (result.connected) aloneSince = performance.now();
    if (performance.now() - aloneSince > AGENT_RETURNS_WITHIN_MS) {
      return { outcome: "unreachable", text: `the agent did not answer for 10 s: ${result.trouble}` };
    }
    await pause(RETRY_EVERY_MS, signal);
  }
}
