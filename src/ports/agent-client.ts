import type { AgentStatus, HandoverResult } from "../agent/status.js";

/** Speaks to the agents of a cluster's pods. */
export interface AgentClient {
  /** @throws EvenkeelError `AGENT_UNREACHABLE` */
  status(pod: string): Promise<AgentStatus>;
  /** Asks the pod's agent to give its slots to a replica; resolves when proven and drained. */
  handOver(pod: string, options?: HandoverOptions): Promise<HandoverResult>;
}

export interface HandoverOptions {
  /** Pod that should take over, if it can; another replica when it cannot. */
  readonly to?: string;
  /** Ends the wait, not the hand-over. */
  readonly signal?: AbortSignal;
}
