import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { DEFAULT_POLICY } from "../../../../src/upgrade/policy/policy.js";
import { parsePolicy, readPolicy } from "../../../../src/upgrade/policy/read-policy.js";

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), "evenkeel-policy-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe("a policy file", () => {
  it("that says nothing means the defaults", async () => {
    expect(await parsePolicy("{}", "p.json")).toEqual(DEFAULT_POLICY);
  });

  it("changes what it names and nothing else", async () => {
    const file = path.join(folder, "p.json");
    await writeFile(file, JSON.stringify({ soft: { p99Ms: 400 }, checks: { "disk.room": "warn" }, ignoreErrors: {} }));
    expect(await readPolicy(file)).toEqual({
      ...DEFAULT_POLICY,
      soft: { ...DEFAULT_POLICY.soft, p99Ms: 400 },
      checks: { "disk.room": "warn" },
      ignoreErrors: {},
    });
  });

  it("may bound the failures of one second, which the defaults leave open", async () => {
    const policy = await parsePolicy('{"hard":{"failedCommands":100,"failedPerSecond":10}}', "p.json");
    expect(policy.hard).toMatchObject({ failedCommands: 100, failedPerSecond: 10 });
  });

  it.each([
    [
      "a value beyond its bounds",
      '{"soft":{"p99Ms":-1}}',
      "soft.p99Ms: found -1, allowed is a whole number of milliseconds from 1 to 86400000",
    ],
    ["a part of a number", '{"soft":{"p99Ms":1.5}}', "soft.p99Ms: found 1.5, allowed is a whole number"],
    [
      "a number as a text",
      '{"hard":{"failedCommands":"0"}}',
      'hard.failedCommands: found "0", allowed is a whole number of commands from 0',
    ],
    ["a number instead of a part", '{"hard":3}', "hard: found 3, allowed is an object"],
    ["a misspelt field", '{"soft":{"p99ms":1}}', 'soft.p99ms: there is no field "p99ms"; did you mean p99Ms?'],
    ["a misspelt part", '{"sofd":{}}', 'sofd: there is no field "sofd"; did you mean soft?'],
    ["a misspelt optional field", '{"hard":{"failedPerSec":1}}', "did you mean failedPerSecond?"],
    ["a field unlike any", '{"soak":{"zebra":1}}', 'soak.zebra: there is no field "zebra"; there are: canaryMs, ms'],
    [
      "an unknown check",
      '{"checks":{"slot.covered":"warn"}}',
      'checks["slot.covered"]: there is no check "slot.covered"; did you mean slots.covered?',
    ],
    [
      "an unknown severity",
      '{"checks":{"disk.room":"ignore"}}',
      'checks["disk.room"]: found "ignore", allowed is "block" or "warn"',
    ],
    [
      "an error class that is no text",
      '{"ignoreErrors":{"node-redis":[3]}}',
      'ignoreErrors["node-redis"][0]: found 3, allowed is a text',
    ],
    ["a list", "[]", "the file: found [], allowed is an object"],
    ["null", "null", "the file: found null, allowed is an object"],
    ["a comma too many", '{"soft":\n {"p99Ms": 1,}}', "line 2, column 14: it is not JSON"],
    ["an empty file", "", "line 1, column 1: it is not JSON"],
  ])("is refused with its place, value and what is allowed: %s", async (_, text, message) => {
    await expect(parsePolicy(text, "p.json")).rejects.toMatchObject({
      code: "POLICY_INVALID",
      owner: "user",
      exitCode: 2,
      message: expect.stringContaining(message),
    });
    await expect(parsePolicy(text, "p.json")).rejects.toThrow("the policy file p.json is wrong");
  });

  it("is told everything that is wrong at once", async () => {
    await expect(parsePolicy('{"soft":{"p99Ms":0,"stallMs":0},"hard":1}', "p.json")).rejects.toThrow(
      /soft\.p99Ms.*soft\.stallMs.*hard/,
    );
  });

  it("in YAML is told apart from broken JSON", async () => {
    await expect(parsePolicy("soft:\n  p99Ms: 1\n", "p.yaml")).rejects.toThrow("it is not JSON, and YAML is not read");
  });

  it("that is missing is named, with the option that names it", async () => {
    const file = path.join(folder, "missing.json");
    await expect(readPolicy(file)).rejects.toMatchObject({
      code: "POLICY_UNREADABLE",
      exitCode: 2,
      message: expect.stringContaining(file),
      hint: expect.stringContaining("--policy"),
    });
  });
});

describe("the defaults", () => {
  it("need no zod", async () => {
    const policy = new URL("../../../../src/upgrade/policy/policy.ts", import.meta.url).href;
    const program = `
      import { register } from "node:module";
      register("data:text/javascript," + encodeURIComponent(\`
        export async function resolve(name, context, next) {
          if (name === "zod") throw new Error("zod was asked for");
          return next(name, context);
        }\`));
      const { DEFAULT_POLICY } = await import(${JSON.stringify(policy)});
      console.log(DEFAULT_POLICY.soft.p99Ms);`;
    const stdout = await new Promise((resolve, reject) => {
      execFile(process.execPath, ["--import", "tsx", "--input-type=module", "-e", program], (error, out) =>
        error ? reject(error) : resolve(out),
      );
    });
    expect(stdout).toBe("250\n");
  });
});
