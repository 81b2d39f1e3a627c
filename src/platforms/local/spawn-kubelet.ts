import { spawn } from "node:child_process";
import { closeSync, existsSync, mkdirSync, openSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { EvenkeelError } from "../../errors/evenkeel-error.js";
import { lockPod } from "./kubelet/lock-pod.js";
import { KUBELET_NODE_FLAGS } from "./kubelet/node-flags.js";
import { identifyProcess } from "./process-identity.js";
import type { PodPaths } from "./state-paths.js";

/** The bundled programs that run beside a server. */
export interface Programs {
  readonly agent: string;
  readonly kubelet: string;
}

// From src/platforms/local and from dist/platforms/local alike.
const PROGRAMS_URL = new URL("../../../dist/programs/", import.meta.url);

/** The programs of this package. */
export function ownPrograms(): Programs {
  return {
    agent: fileURLToPath(new URL("agent.mjs", PROGRAMS_URL)),
    kubelet: fileURLToPath(new URL("kubelet.mjs", PROGRAMS_URL)),
  };
}

/**
 * Requires that the programs were built.
 *
 * @throws EvenkeelError `PROGRAM_MISSING`
 */
export function requirePrograms(programs: Programs): void {
  for (const file of [programs.kubelet, programs.agent]) {
    if (existsSync(file)) continue;
    throw new EvenkeelError(`the program ${file} is missing`, {
      code: "PROGRAM_MISSING",
      owner: "environment",
      hint: "build it: npm run build",
      details: { file },
    });
  }
}

// What the caller's own Node was told (loaders, inspectors, warnings of a test runner) is not for the pods' processes.
function environment(): NodeJS.ProcessEnv {
  const { NODE_OPTIONS: _ours, NODE_V8_COVERAGE: _coverage, ...rest } = process.env;
  return rest;
}

/** Locks the pod for a kubelet that has only just been started. */
function lockFor(pid: number | undefined, paths: PodPaths): void {
  const kubelet = pid === undefined ? undefined : identifyProcess(pid);
  if (kubelet === undefined) return;
  try {
    mkdirSync(paths.runDir, { recursive: true });
    lockPod(paths.lock, kubelet);
  } catch (error) {
    // Another one was first: the new one finds that out as well, says so and ends.
    if (!(error instanceof EvenkeelError && error.code === "KUBELET_RUNNING")) throw error;
  }
}

/** Starts the kubelet of a pod. It outlives this process and any terminal. */
export function spawnKubelet(paths: PodPaths, kubeletProgram: string): void {
  const log = openSync(paths.kubeletLog, "a");
  const child = spawn(process.execPath, [...KUBELET_NODE_FLAGS, kubeletProgram, paths.dir], {
    cwd: paths.dir,
    detached: true,
    env: environment(),
    stdio: ["ignore", log, log],
  });
  closeSync(log);
  // Its absence is seen by who waits for the pod; without a listener an `error` event would end this process.
  child.on("error", () => undefined);
  child.unref();
  lockFor(child.pid, paths);
}
