import { mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { hasShape, record, text } from "../check-shape.js";
import { identifyProcess, isRunning, processIdentityShape, signalProcess } from "../process-identity.js";
import type { ProcessIdentity } from "../process-identity.js";
import { writeJsonAtomic } from "../write-file-atomic.js";

/** A throwaway server that runs, and who started it. */
interface Trial {
  readonly server: ProcessIdentity;
  readonly owner: ProcessIdentity;
  readonly folder: string;
}

const trialShape = record<Trial>({ server: processIdentityShape, owner: processIdentityShape, folder: text });

/**
 * Notes a throwaway server, so that it is found when the command that started it is killed.
 *
 * @returns takes the note away again
 */
export function recordTrial(trialsDir: string, pid: number | undefined, folder: string): () => void {
  const [server, owner] = [pid === undefined ? undefined : identifyProcess(pid), identifyProcess(process.pid)];
  if (server === undefined || owner === undefined) return () => undefined;
  mkdirSync(trialsDir, { recursive: true });
  const file = join(trialsDir, `${server.pid}-${Date.now()}.json`);
  writeJsonAtomic(file, { server, owner, folder } satisfies Trial);
  return () => rmSync(file, { force: true });
}

function readTrial(file: string): Trial | undefined {
  try {
    const trial: unknown = JSON.parse(readFileSync(file, "utf8"));
    return hasShape(trial, trialShape) ? trial : undefined;
  } catch {
    return undefined;
  }
}

/** Ends throwaway servers whose command was killed; returns how many there were. */
export function sweepTrials(trialsDir: string): number {
  let names: readonly string[];
  try {
    names = readdirSync(trialsDir).filter((name) => name.endsWith(".json"));
  } catch {
    return 0;
  }
  let swept = 0;
  for (const name of names) {
    const file = join(trialsDir, name);
    const trial = readTrial(file);
    if (trial === undefined || isRunning(trial.owner)) continue;
    if (signalProcess(trial.server, "SIGKILL")) swept += 1;
    rmSync(trial.folder, { recursive: true, force: true });
    rmSync(file, { force: true });
  }
  return swept;
}
