import { connect } from "node:net";
import { requestHttp } from "../http-request.js";
import { pause } from "./pause.js";

/** One look; false when the answer is no or there is none in time. */
export type Probe = (signal: AbortSignal) => Promise<boolean>;

const PROBE_TIMEOUT_MS = 1000;

/** Asks an HTTP endpoint; the answer is the status code, or 0 when there is none within a second. */
async function askHttp(host: string, port: number, path: string, signal?: AbortSignal): Promise<number> {
  try {
    return (await requestHttp({ host, port, path, timeoutMs: PROBE_TIMEOUT_MS, signal })).status;
  } catch {
    return 0;
  }
}

/** A probe that passes when an HTTP endpoint answers 200. */
export function httpProbe(host: string, port: number, path: string): Probe {
  return async (signal) => (await askHttp(host, port, path, signal)) === 200;
}

/**
 * A probe that passes when a server answers PING at all: `-NOAUTH`, `-LOADING` and `-MASTERDOWN` come from a process that
 * lives, and a server that loads its data must not be killed for it.
 */
export function pingProbe(host: string, port: number): Probe {
  return (signal) =>
    new Promise((resolve) => {
      const socket = connect({ host, port });
      const done = (alive: boolean): void => {
        signal.removeEventListener("abort", cancel);
        socket.destroy();
        resolve(alive);
      };
      const cancel = (): void => done(false);
      signal.addEventListener("abort", cancel, { once: true });
      socket.setTimeout(PROBE_TIMEOUT_MS, cancel);
      socket.once("error", cancel);
      socket.once("close", cancel);
      socket.once("connect", () => socket.write("PING\r\n"));
      socket.once("data", (data) => done(data[0] === 0x2b || data[0] === 0x2d));
    });
}

export interface ProcessProbes {
  readonly startup: Probe;
  readonly startupEveryMs: number;
  readonly live: Probe;
  readonly liveEveryMs: number;
  /** So many failures in a row, each of up to a second, and the process counts as dead. */
  readonly failureThreshold: number;
  readonly onStarted: () => void;
  readonly onDead: () => void;
  /** Aborted when the process is gone. */
  readonly signal: AbortSignal;
}

/** Watches one process: its startup without a limit (a start gate may be shut for long), then whether it lives. */
export async function probeProcess(options: ProcessProbes): Promise<void> {
  const { signal } = options;
  while (!(await options.startup(signal))) {
    if (signal.aborted) return;
    await pause(options.startupEveryMs, signal);
  }
  if (signal.aborted) return;
  options.onStarted();
  let failures = 0;
  for (;;) {
    await pause(options.liveEveryMs, signal);
    if (signal.aborted) return;
    failures = (await options.live(signal)) ? 0 : failures + 1;
    if (failures < options.failureThreshold || signal.aborted) continue;
    options.onDead();
    return;
  }
}
