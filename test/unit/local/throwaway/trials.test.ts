import { spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { identifyProcess, isRunning, signalProcess } from "../../../../src/platforms/local/process-identity.js";
import { recordTrial, sweepTrials } from "../../../../src/platforms/local/throwaway/trials.js";
import { lastWords } from "../../../../src/platforms/local/throwaway/start-throwaway.js";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "evenkeel-trials-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe("throwaway servers", () => {
  it("whose command was killed are ended, with their folder, by the next command; those of a living one are not", async () => {
    const server = spawn("sleep", ["60"]);
    const identity = identifyProcess(server.pid ?? 0);
    if (identity === undefined) throw new Error("no process");
    const ended = new Promise((resolve) => server.once("exit", (_, signal) => resolve(signal)));
    const [trials, own] = [join(folder, "trials"), join(folder, "evenkeel-try-1")];
    mkdirSync(own);
    const forget = recordTrial(trials, server.pid, own);
    try {
      expect(sweepTrials(trials)).toBe(0);
      expect(isRunning(identity)).toBe(true);
      forget();
      const owner = { pid: 1, born: "another process" };
      writeFileSync(join(trials, "orphan.json"), JSON.stringify({ server: identity, owner, folder: own }));
      expect(sweepTrials(trials)).toBe(1);
      expect(await ended).toBe("SIGKILL");
      expect(existsSync(own)).toBe(false);
      expect(readdirSync(trials)).toEqual([]);
    } finally {
      signalProcess(identity, "SIGKILL");
    }
  });

  it("are quoted without banner, times, blank lines or the password", () => {
    const text = [
      "                _._",
      "           _.-``__ ''-._",
      "",
      "812:C 23 Nov 2026 02:44:59.277 # Configuration loaded",
      "*** FATAL CONFIG FILE ERROR (Redis 7.0.15) ***",
      "Reading the configuration file, at line 3",
      ">>> 'requirepass \"pa55\" x'",
      "wrong number of arguments",
    ].join("\n");
    expect(lastWords(text, "pa55")).toBe(
      [
        "*** FATAL CONFIG FILE ERROR (Redis 7.0.15) ***",
        "Reading the configuration file, at line 3",
        ">>> 'requirepass \"***\" x'",
        "wrong number of arguments",
      ].join("\n"),
    );
  });
});
