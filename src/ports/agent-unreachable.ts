import { EvenkeelError } from "../errors/evenkeel-error.js";

/**
 * `AGENT_UNREACHABLE`: nothing came back from a pod's agent, or nothing that an agent says.
 * @param why what happened instead of an answer
 */
export function agentUnreachable(pod: string, why: string, cause?: unknown): EvenkeelError {
  return new EvenkeelError(`the agent of ${pod} does not answer: ${why}`, {
    code: "AGENT_UNREACHABLE",
    owner: "environment",
    retryable: true,
    hint: "look at the pods: evenkeel status",
    cause,
    details: { pod },
  });
}
