import { setTimeout as sleep } from "node:timers/promises";
import { EXIT, EvenkeelError, isEvenkeelError } from "../../../errors/evenkeel-error.js";
import type { AgentCaller } from "../agents/call-agent.js";

/** The agent copies the data of a shard before it answers. */
const TIMEOUT_MS = 900_000;
const TRIES = 5;
const AGAIN_MS = 2000;

export interface Asking {
  readonly caller: AgentCaller;
  readonly signal?: AbortSignal | undefined;
  /** What a refusal means to the user. */
  readonly failed: (pod: string, why: string, cause: unknown) => EvenkeelError;
}

function explain(error: unknown, pod: string, failed: Asking["failed"]): unknown {
  if (!isEvenkeelError(error) || error.code !== "AGENT_REFUSED") return error;
  const full = /DISK_FULL: (.*?)"?\}?$/.exec(error.message)?.[1];
  if (full === undefined) return failed(pod, error.message, error);
  return new EvenkeelError(`the volume of ${pod} is too full for a snapshot: ${full}`, {
    code: "DISK_FULL",
    owner: "environment",
    exitCode: EXIT.refused,
    hint: "make the volume claim larger, or remove what was moved aside in /data/evenkeel-aside",
    details: { pod },
  });
}

/**
 * Asks an agent for work on a shard's data. The way to it may break meanwhile: it is asked again, so only such calls belong here
 * that may be carried out twice.
 * @throws EvenkeelError `AGENT_UNREACHABLE`, `DISK_FULL`, what `failed` makes of a refusal
 */
export async function askAgent<Reply>(
  pod: string,
  { path, body }: { readonly path: string; readonly body: unknown },
  { caller, signal, failed }: Asking,
): Promise<Reply> {
  for (let tries = 1; ; tries++) {
    try {
      return await caller.json<Reply>(pod, { path, body, timeoutMs: TIMEOUT_MS, signal });
    } catch (error) {
      const broken = isEvenkeelError(error) && error.code === "AGENT_UNREACHABLE";
      if (!broken || signal?.aborted || tries === TRIES) throw explain(error, pod, failed);
      await sleep(AGAIN_MS, undefined, signal ? { signal } : {});
    }
  }
}
