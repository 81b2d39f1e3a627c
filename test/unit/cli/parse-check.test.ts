import { describe, expect, it } from "vitest";
import { parseArgv } from "../../../src/cli/parse-argv.js";
import { parseCheck } from "../../../src/cli/parse-check.js";

const full = (argv: readonly string[]): ReturnType<typeof parseArgv> =>
  parseArgv(argv, { version: "0", writeOut: () => undefined, columns: 80 });

describe("the quick reader of `check`", () => {
  it.each([
    [["check", "pre"]],
    [["check", "post"]],
    [["check", "pre", "--output", "json", "--name", "blue"]],
    [["check", "post", "--name", "a-1", "--output", "text"]],
  ])("understands %j as the real parser does", (argv) => {
    const { run: quick, ...rest } = parseCheck(argv) as Extract<ReturnType<typeof full>, { kind: "command" }>;
    const { run: slow, ...expected } = full(argv) as Extract<ReturnType<typeof full>, { kind: "command" }>;
    expect(rest).toEqual(expected);
    expect([typeof quick, typeof slow]).toEqual(["function", "function"]);
  });

  it.each([
    [["check"]],
    [["check", "now"]],
    [["--name", "blue", "check", "pre"]],
    [["check", "pre", "--name"]],
    [["check", "pre", "--name", "../x"]],
    [["check", "pre", "--name=blue"]],
    [["check", "pre", "--help"]],
    [["check", "pre", "--events", "run.ndjson"]],
    [["status"]],
    [[]],
  ])("leaves %j to the real parser", (argv) => {
    expect(parseCheck(argv)).toBeUndefined();
  });
});
