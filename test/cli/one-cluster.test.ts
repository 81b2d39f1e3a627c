import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Ended, makeFolder, runEvenkeel } from "./support/run-evenkeel.js";
import { processesUnder } from "../support/processes-under.js";

const cwd = makeFolder();
const run = (...argv: readonly string[]): Promise<Ended> => runEvenkeel(argv, { cwd });
const clusterFile = join(cwd, ".evenkeel", "clusters", "default", "cluster.json");

interface StatusObject {
  readonly state: string;
  readonly nodes: readonly { readonly name: string; readonly address: string; readonly version: string }[];
}

async function status(): Promise<StatusObject> {
  const { stdout, code } = await run("status", "--output", "json");
  expect(code).toBe(0);
  return JSON.parse(stdout) as StatusObject;
}

let first: Ended;
beforeAll(async () => {
  first = await run("up", "--engine", "redis@7.0");
}, 60_000);
afterAll(async () => {
  await run("down", "--purge");
  rmSync(cwd, { recursive: true, force: true });
}, 60_000);

describe("one cluster, from its first command to its last", () => {
  it("up starts it: formed, healthy, every pod ready", async () => {
    expect(first.code).toBe(0);
    expect((await status()).nodes).toHaveLength(6);
    expect(await run("check", "pre")).toMatchObject({ code: 0, stderr: "" });
  });

  it("up again says that it is there and starts nothing", async () => {
    const before = processesUnder(cwd);
    const again = await run("up");
    expect(again).toMatchObject({ code: 0, stdout: expect.stringContaining("cluster default was there already") });
    expect(processesUnder(cwd)).toEqual(before);
  });

  it("up with another shape or engine is refused, with the command that would do it", async () => {
    const before = processesUnder(cwd);
    const shape = await run("up", "--shards", "5");
    expect(shape).toMatchObject({ code: 3, stderr: expect.stringContaining("shards is 3, asked was 5") });
    const engine = await run("up", "--engine", "redis@8.0");
    expect(engine).toMatchObject({ code: 3, stderr: expect.stringContaining("evenkeel upgrade --to redis@8.0") });
    expect(processesUnder(cwd)).toEqual(before);
  });

  it("another cluster cannot have its addresses: whose they are, and nothing of the other is left", async () => {
    const address = (await status()).nodes[0]?.address ?? "";
    const subnet = address.split(".").slice(0, 3).join(".");
    const other = await run("up", "--name", "other", "--subnet", subnet);
    expect(other).toMatchObject({ code: 4, stdout: "" });
    expect(other.stderr).toMatch(new RegExp(`${subnet}\\.1:\\d+ is taken by .*default`));
    expect(other.stderr).toMatch(/next: .*--subnet/);
    expect(existsSync(join(cwd, ".evenkeel", "clusters", "other"))).toBe(false);
  });

  it("upgrade without --execute prints the plan and changes nothing", async () => {
    const [processes, file] = [processesUnder(cwd), readFileSync(clusterFile, "utf8")];
    const planned = await run("upgrade", "--to", "redis@8.0");
    expect(planned.code).toBe(0);
    expect(planned.stdout).toMatch(/Nothing was changed/);
    expect(processesUnder(cwd)).toEqual(processes);
    expect(readFileSync(clusterFile, "utf8")).toBe(file);
    expect(existsSync(join(cwd, ".evenkeel", "clusters", "default", "target.json"))).toBe(false);
  });

  it("upgrade to the version that runs already has nothing to do, also with --execute", async () => {
    const processes = processesUnder(cwd);
    const planned = await run("upgrade", "--to", "redis@7.0");
    expect(planned).toMatchObject({ code: 0, stdout: expect.stringMatching(/every pod runs redis@7\.0\.\d+/) });
    expect(await run("upgrade", "--to", "redis@7.0", "--execute")).toMatchObject({ code: 0 });
    expect(processesUnder(cwd)).toEqual(processes);
  });

  it("down leaves no process and keeps the data; down again says that it was stopped already", async () => {
    expect(await run("down")).toMatchObject({ code: 0, stdout: expect.stringContaining("its data stays") });
    expect(processesUnder(cwd)).toEqual([]);
    expect(await run("down")).toMatchObject({ code: 0, stdout: expect.stringContaining("was stopped already") });
    expect((await status()).state).toBe("stopped");
    expect(await run("check", "pre")).toMatchObject({ code: 3 });
    expect(await run("load", "--rate", "10")).toMatchObject({ code: 3 });
  });

  it("down --purge leaves no file either", async () => {
    expect(await run("down", "--purge")).toMatchObject({ code: 0 });
    expect(existsSync(join(cwd, ".evenkeel"))).toBe(false);
  });
});
