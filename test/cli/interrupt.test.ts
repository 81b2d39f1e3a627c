import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Ended, makeFolder, type Running, runEvenkeel, startEvenkeel } from "./support/run-evenkeel.js";
import { processesUnder } from "../support/processes-under.js";

let cwd: string;
beforeEach(() => {
  cwd = makeFolder();
});
afterEach(async () => {
  await runEvenkeel(["down", "--name", "demo", "--purge"], { cwd });
  rmSync(cwd, { recursive: true, force: true });
});

/** Waits for the first event of this code in the file of the run; fails at once when the run ends without it. */
async function untilEvent(file: string, code: string, { ended }: Running): Promise<void> {
  let end: Ended | undefined;
  void ended.then((result) => (end = result));
  const seen = (): boolean => existsSync(file) && readFileSync(file, "utf8").includes(`"code":"${code}"`);
  while (!seen()) {
    if (end !== undefined) throw new Error(`the demo ended with ${end.code} before any ${code}:\n${end.stderr}`);
    await sleep(20);
  }
}

describe("Ctrl-C during the demo leaves no process and no folder", () => {
  it.each([
    ["while the cluster starts", "CLUSTER_FORMING"],
    ["while pods are replaced under load", "STEP_STARTED"],
    ["in the middle of a hand-over", "HANDOVER_STARTED"],
  ])("%s", async (_name, code) => {
    const events = join(cwd, "events.ndjson");
    const demo = startEvenkeel(["demo", "--rate", "200", "--events", events], { cwd });
    await untilEvent(events, code, demo);
    demo.child.kill("SIGINT");
    const { code: exitCode, stderr } = await demo.ended;
    expect(exitCode).toBe(130);
    expect(stderr).toContain("stopping where it is safe");
    expect(stderr).not.toContain("internal error");
    expect(processesUnder(cwd)).toEqual([]);
    expect(readdirSync(cwd)).toEqual(["events.ndjson"]);
  });
});
