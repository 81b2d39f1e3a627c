import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { readInputs } from "../../../src/action/read-inputs.js";
import { toOutputs } from "../../../src/action/to-outputs.js";

describe("the inputs of the action", () => {
  it("become the command line, each value in one piece", () => {
    const env = { INPUT_COMMAND: "upgrade", INPUT_RELEASE: "rc", INPUT_NAMESPACE: "--force", INPUT_TO: "redis@8.0" };
    expect(readInputs(env)).toEqual({
      command: "upgrade",
      argv: ["upgrade", "--execute", "--platform=kubernetes", "--namespace=--force", "--release=rc", "--to=redis@8.0"],
    });
  });

  it("change a cluster only with the two commands that say so", () => {
    const changes = ["check-pre", "check-post", "status", "plan", "upgrade", "rollback"].filter((command) => {
      const to = command === "plan" || command === "upgrade" ? { INPUT_TO: "redis@8.0" } : {};
      return readInputs({ INPUT_COMMAND: command, ...to }).argv.includes("--execute");
    });
    expect(changes).toEqual(["upgrade", "rollback"]);
  });

  it.each([
    [{}, "the input `command` is missing"],
    [{ INPUT_COMMAND: "down" }, "there is no command down"],
    [{ INPUT_COMMAND: "constructor" }, "there is no command constructor"],
    [{ INPUT_COMMAND: "upgrade" }, "needs the input `to`"],
    [{ INPUT_COMMAND: "rollback", INPUT_TO: "redis@8.0" }, "has no use for the input `to`"],
    [{ INPUT_COMMAND: "check-pre", INPUT_POLICY: "p.json" }, "has no use for the input `policy`"],
  ])("are refused when they make no sense: %j", (env, message) => {
    expect(() => readInputs(env)).toThrow(message);
  });

  it("are the ones that action.yml declares", () => {
    const action = parse(readFileSync("action.yml", "utf8")) as { inputs: object; outputs: object };
    expect(Object.keys(action.inputs)).toEqual(["command", "release", "namespace", "context", "to", "policy"]);
    expect(Object.keys(action.outputs)).toEqual(Object.keys(toOutputs(0, { stdout: "", report: "" })));
  });
});

describe("the outputs of the action", () => {
  it("are what the command's result says", () => {
    const result = { result: "rolled-back", failed: 0, lost: 0, longestStallMs: 43.2 };
    expect(toOutputs(1, { stdout: JSON.stringify(result), report: "/tmp/r.json" })).toEqual({
      result: "rolled-back",
      failed: "0",
      lost: "0",
      "longest-stall": "43.2",
      report: "/tmp/r.json",
    });
  });

  it("are told by the exit code where there is no result", () => {
    const results = [0, 1, 2, 3, 4, 6, 130, 99].map((code) => toOutputs(code, { stdout: "{", report: "" }).result);
    expect(results).toEqual([
      "passed",
      "rolled-back",
      "refused",
      "refused",
      "failed",
      "braked",
      "interrupted",
      "failed",
    ]);
    expect(toOutputs(4, { stdout: '{"error":{"code":"X"}}', report: "" })).toMatchObject({
      result: "failed",
      failed: "",
    });
  });
});
