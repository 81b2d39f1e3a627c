import type { AgentCaller } from "./call-agent.js";

const TIMEOUT_MS = 2000;

interface CanaryReply {
  readonly replies: readonly (string | number | null | { readonly error: string })[];
}

/** A way to one node for canary keys: its agent carries them out beside the server. */
export interface AgentCanaryConnection {
  readonly closed: boolean;
  pipeline(commands: readonly (readonly (string | number)[])[]): Promise<unknown[]>;
  close(): void;
}

/** @param pod whose server is meant */
export function connectCanary(caller: AgentCaller, pod: string): AgentCanaryConnection {
  let purpose: "write" | "read" = "write";
  return {
    closed: false,
    pipeline: async (commands) => {
      if (commands.length === 1 && commands[0]?.[0] === "READONLY") {
        purpose = "read";
        return ["OK"];
      }
      const { replies } = await caller.json<CanaryReply>(pod, {
        path: "/canary",
        body: { purpose, commands },
        timeoutMs: TIMEOUT_MS,
      });
      return replies.map((reply) => (typeof reply === "object" && reply !== null ? new Error(reply.error) : reply));
    },
    close: () => undefined,
  };
}
