/** What a step gives to later steps; names as in action.yml. */
export type ActionOutputs = Readonly<Record<"result" | "failed" | "lost" | "longest-stall" | "report", string>>;

/** What an exit code says where the command ended without a result of its own (docs/exit-codes.md). */
const BY_EXIT_CODE: Readonly<Record<number, string>> = {
  0: "passed",
  1: "rolled-back",
  2: "refused",
  3: "refused",
  4: "failed",
  5: "declined",
  6: "braked",
  130: "interrupted",
};

function parseResult(stdout: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(stdout);
    return typeof value === "object" && value !== null ? { ...value } : {};
  } catch {
    // A command that was interrupted has printed nothing, or half of it.
    return {};
  }
}

/** The outputs of a command that ended so. Figures that it does not know are empty. Pure. */
export function toOutputs(
  exitCode: number,
  { stdout, report }: { readonly stdout: string; readonly report: string },
): ActionOutputs {
  const found = parseResult(stdout);
  const figure = (name: string): string => {
    const value = found[name];
    return typeof value === "number" ? String(value) : "";
  };
  const { result } = found;
  return {
    result: typeof result === "string" ? result : (BY_EXIT_CODE[exitCode] ?? "failed"),
    failed: figure("failed"),
    lost: figure("lost"),
    "longest-stall": figure("longestStallMs"),
    report,
  };
}
