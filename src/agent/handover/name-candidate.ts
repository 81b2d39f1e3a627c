import type { Attempt } from "./attempt.js";

/** Body of `POST /candidate`: this pod's hand-over names the receiver for so long; 0 when it is over. */
export interface CandidateCall {
  readonly by: string;
  readonly forMs: number;
}

/** Tells the candidate's agent, so that a pod that is asked to stop now waits for the outcome. A refusal says why. */
export async function nameCandidate(attempt: Attempt, candidateId: string, forMs: number): Promise<string | undefined> {
  const pod = attempt.peers.statuses().find((peer) => peer.server?.nodeId === candidateId)?.pod;
  if (pod === undefined) return `the agent of candidate ${candidateId} does not answer`;
  const call: CandidateCall = { by: attempt.config.pod, forMs };
  try {
    const reply = await attempt.peers.post<{ accepted: boolean; reason: string }>(pod, "/candidate", call, 1000);
    return reply.accepted ? undefined : `${pod} refused: ${reply.reason}`;
  } catch (error) {
    return `${pod} could not be told: ${error instanceof Error ? error.message : String(error)}`;
  }
}
