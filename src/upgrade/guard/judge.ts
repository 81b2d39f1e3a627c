import type { WitnessWindow } from "../../ports/witness.js";
import type { UpgradePolicy } from "../policy/policy.js";
import { addInput, initialState } from "./guard-state.js";
import { judgeState } from "./judge-state.js";
import type { GuardInput, GuardObservation, Verdict } from "./verdict.js";

export interface JudgeInput {
  /** Their `atMs` on the clock of `nowMs`. */
  readonly windows: readonly WitnessWindow[];
  readonly observations: readonly GuardObservation[];
  readonly nowMs: number;
  readonly policy: UpgradePolicy;
  /** `false`: no windows are expected. @default true */
  readonly witnessed?: boolean;
  /** When the watch began: silence is counted from here. @default the time of the first input */
  readonly sinceMs?: number;
}

/** Judges what was seen from the beginning of the watch until now. The same input gives the same verdict. */
export function judge({ windows, observations, nowMs, policy, witnessed = true, sinceMs }: JudgeInput): Verdict {
  const inputs = [
    ...windows.map((window) => ({ kind: "window", window, endMs: window.atMs + window.durationMs }) as const),
    ...observations.map((observation) => ({ kind: "observation", observation }) as const),
  ].toSorted((a, b) => timeOf(a) - timeOf(b));
  const beginMs = sinceMs ?? (inputs[0] === undefined ? nowMs : Math.min(nowMs, timeOf(inputs[0])));
  const state = inputs.reduce((before, input) => addInput(before, input, policy), initialState(beginMs));
  return judgeState(state, { nowMs, policy, witnessed, patienceUntilMs: beginMs });
}

function timeOf(input: GuardInput): number {
  return input.kind === "window" ? input.endMs : input.observation.atMs;
}
