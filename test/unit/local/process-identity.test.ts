import { spawn } from "node:child_process";
import { once } from "node:events";
import { describe, expect, it } from "vitest";
import { identifyProcess, isRunning, signalProcess } from "../../../src/platforms/local/process-identity.js";

describe("the identity of a process", () => {
  it("holds as long as the process lives", async () => {
    const child = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"]);
    const identity = identifyProcess(child.pid ?? 0);
    expect(identity?.pid).toBe(child.pid);
    expect(isRunning(identity)).toBe(true);
    const gone = once(child, "exit");
    expect(identity && signalProcess(identity, "SIGKILL")).toBe(true);
    await gone;
    expect(isRunning(identity)).toBe(false);
    expect(identity && signalProcess(identity, "SIGKILL")).toBe(false);
  });

  it("is not that of another process with the same number", () => {
    const stranger = { pid: process.pid, born: "1@00000000" };
    expect(isRunning(stranger)).toBe(false);
    expect(signalProcess(stranger, "SIGKILL")).toBe(false);
  });

  it("of nobody is not running", () => {
    expect(identifyProcess(2 ** 22 + 1)).toBeUndefined();
    expect(isRunning(null)).toBe(false);
  });
});
