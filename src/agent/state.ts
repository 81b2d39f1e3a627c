import type { Condition } from "../cluster/types.js";
import type { AgentPhase, HandoverResult } from "./status.js";

/** What an agent knows of itself beside its server: changed in place by the loop and by the calls. */
export interface AgentState {
  phase: AgentPhase;
  /** What it waits for, or why it is held. */
  reason: string;
  /** The pod was asked to stop. */
  stopping: boolean;
  /** The server process that was to stop then; another one is a new beginning (its container was restarted, the pod stays). */
  stoppingRun: string | undefined;
  /** A hand-over that runs now; a second asker gets the same one. */
  handover: Promise<HandoverResult> | undefined;
  /** Another pod's hand-over names this one as its candidate. */
  named: { readonly by: string; readonly untilMs: number } | undefined;
  readiness: readonly Condition[];
  /** This agent saw the cluster before it was formed: no promise can have been given before. */
  sawBirth: boolean;
  /** This agent let the present server process through the gate. */
  servedStart: boolean;
  /** A person has said `OPEN`: the next start need not wait for data that nobody has any more. */
  dataGivenUp: boolean;
  readonly counters: { handovers: number; handoverFailures: number };
  movedAside: readonly string[];
}

export function newState(): AgentState {
  return {
    phase: "preparing",
    reason: "",
    stopping: false,
    stoppingRun: undefined,
    handover: undefined,
    named: undefined,
    readiness: [],
    sawBirth: false,
    servedStart: false,
    dataGivenUp: false,
    counters: { handovers: 0, handoverFailures: 0 },
    movedAside: [],
  };
}
