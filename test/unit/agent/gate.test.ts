import { execFile } from "node:child_process";
import { lstatSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createGate, type Gate } from "../../../src/agent/gate.js";

let folder: string;
let gate: Gate | undefined;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "evenkeel-gate-"));
});
afterEach(() => {
  gate?.close();
  rmSync(folder, { recursive: true, force: true });
});

/** A reader as a server is one: it opens the file and waits for its end. */
function read(path: string): { done: () => boolean; text: Promise<string> } {
  let done = false;
  const text = new Promise<string>((resolve, reject) => {
    execFile("cat", [path], { timeout: 5000 }, (error, stdout) => {
      done = true;
      if (error) reject(error);
      else resolve(stdout);
    });
  });
  return { done: () => done, text };
}

describe("the start gate", () => {
  it("lets a server wait while it is shut, and gives it the configuration when it opens", async () => {
    const path = join(folder, "run", "gate");
    gate = createGate(path, () => undefined);
    const reader = read(path);
    await sleep(200);
    expect(reader.done()).toBe(false);
    gate.open(() => "port 6379\n");
    expect(await reader.text).toBe("port 6379\n");
  });

  it("serves every start anew", async () => {
    const path = join(folder, "gate");
    let served = 0;
    gate = createGate(path, () => void (served += 1));
    gate.open(() => `start ${served + 1}\n`);
    expect(await read(path).text).toBe("start 1\n");
    expect(await read(path).text).toBe("start 2\n");
    expect(served).toBe(2);
  });

  it("makes itself anew, and keeps the file, when a server wrote its configuration in its place", async () => {
    const path = join(folder, "gate");
    gate = createGate(path, () => undefined);
    writeFileSync(`${path}.tmp`, "rewritten");
    renameSync(`${path}.tmp`, path);
    gate.open(() => "again\n");
    await expect.poll(() => lstatSync(path).isFIFO(), { timeout: 2000 }).toBe(true);
    expect(await read(path).text).toBe("again\n");
    expect(lstatSync(`${path}.rewritten`).isFile()).toBe(true);
  });
});
