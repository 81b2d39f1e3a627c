import type { RoundEnd } from "./run-round.js";

/** One line of what happened, for the report. */
export function describeRound({ what, exitCodes, result, version, second }: RoundEnd): string {
  const load = `second load: ${second.commands} commands, ${second.failed} failed, ${second.lost} lost, longest stall ${Math.round(second.longestStallMs)} ms`;
  return `killed ${what}; exit ${exitCodes.map((code) => code ?? "killed").join(", ")}; ${result}, ${version} version; ${load}`;
}

/**
 * What must not be. Nothing that is killed here serves a client: no command fails, none is lost, and in the end one version runs,
 * the one that the command says.
 */
export function judgeRound({ second, version, result, exitCodes, lost, doubled }: RoundEnd): readonly string[] {
  const passed = result === "passed";
  const code = exitCodes.at(-1);
  return [
    ...(code === (passed ? 0 : 1) ? [] : [`exit ${code}`]),
    ...(version === (passed ? "new" : "old") ? [] : [`${result}, and the ${version} version runs`]),
    ...(lost + doubled === 0 ? [] : [`by its own report ${lost} lost, ${doubled} doubled`]),
    ...(second.failed === 0 ? [] : [`${second.failed} commands failed: ${JSON.stringify(second.errors)}`]),
    ...(second.lost === 0 ? [] : [`${second.lost} lost: ${second.lostKeys.join(", ")}`]),
    ...(second.doubled === 0 ? [] : [`${second.doubled} doubled: ${second.doubledKeys.join(", ")}`]),
  ];
}
