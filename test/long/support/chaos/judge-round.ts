import { expect } from "vitest";
import type { RoundEnd } from "./run-round.js";

/** One line of what happened, for the report. */
export function describeRound({ what, exitCodes, result, version, second }: RoundEnd): string {
  const load = `second load: ${second.commands} commands, ${second.failed} failed, ${second.lost} lost, longest stall ${Math.round(second.longestStallMs)} ms`;
  return `killed ${what}; exit ${exitCodes.map((code) => code ?? "killed").join(", ")}; ${result}, ${version} version; ${load}`;
}

/**
 * Nothing that may be killed here serves a client: no command fails, none is lost, and in the end one version runs, the one
 * that the command says.
 */
export function judgeRound(end: RoundEnd): void {
  const { second, version, result, exitCodes, lost, doubled } = end;
  expect(
    {
      version,
      exitCode: exitCodes.at(-1),
      lost,
      doubled,
      second: { failed: second.failed, lost: second.lost, doubled: second.doubled, errors: second.errors },
    },
    describeRound(end),
  ).toEqual({
    version: result === "passed" ? "new" : "old",
    exitCode: result === "passed" ? 0 : 1,
    lost: 0,
    doubled: 0,
    second: { failed: 0, lost: 0, doubled: 0, errors: {} },
  });
}
