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
    gate = createGate(path, { onServed: () => undefined });
    const reader = read(path);
    await sleep(200);
    expect(reader.done()).toBe(false);
    gate.open(() => "port 6379\n");
    expect(await reader.text).toBe("port 6379\n");
  });

  it("serves every start anew", async () => {
    const path = join(folder, "gate");
    let served = 0;
    gate = createGate(path, { onServed: () => void (served += 1) });
    gate.open(() => `start ${served + 1}\n`);
    expect(await read(path).text).toBe("start 1\n");
    expect(await read(path).text).toBe("start 2\n");
    expect(served).toBe(2);
  });

  it("makes itself anew, and keeps the file, when a server wrote its configuration in its place", async () => {
    const path = join(folder, "gate");
    gate = createGate(path, { onServed: () => undefined });
    writeFileSync(`${path}.tmp`, "rewritten");
    renameSync(`${path}.tmp`, path);
    gate.open(() => "again\n");
    await expect.poll(() => lstatSync(path).isFIFO(), { timeout: 2000 }).toBe(true);
    expect(await read(path).text).toBe("again\n");
    expect(lstatSync(`${path}.rewritten`).isFile()).toBe(true);
  });

  it("answers a server that runs and rewrites its configuration, and does not take it for a start", async () => {
    const path = join(folder, "gate");
    let served = 0;
    let runs = true;
    gate = createGate(path, {
      onServed: () => void (served += 1),
      running: { is: () => runs, text: () => "as it runs\n" },
    });
    expect(await read(path).text).toBe("as it runs\n");
    expect(served).toBe(0);
    runs = false;
    const reader = read(path);
    await sleep(500);
    expect(reader.done()).toBe(false);
    gate.open(() => "start\n");
    expect(await reader.text).toBe("start\n");
    expect(served).toBe(1);
  });

  it("makes a server that waits end by itself when its pod is stopped, and says whether one waited", async () => {
    const path = join(folder, "gate");
    gate = createGate(path, { onServed: () => undefined });
    expect(gate.turnAway()).toBe(false);
    const reader = read(path);
    await expect.poll(() => gate?.turnAway(), { timeout: 2000 }).toBe(true);
    expect(await reader.text).toBe("the-pod-is-being-stopped\n");
  });
});
