import { BACK_OFF_RESET_MS, backOffMs } from "./back-off.js";
import { pause } from "./pause.js";
import type { RunningProcess } from "./running-process.js";

/** How a process of a container ended, and what follows. */
export interface ContainerExit {
  readonly why: string;
  readonly ranMs: number;
  readonly restartsInMs: number;
}

export interface ContainerOptions {
  readonly launch: () => RunningProcess;
  /** A process of an earlier kubelet to go on with. */
  readonly adopted?: RunningProcess | undefined;
  readonly onStart: (process: RunningProcess) => void;
  /** Not called for the exit that `stop` or `cease` was for. */
  readonly onExit: (exit: ContainerExit) => void;
}

/** A process that is kept running until it is stopped. */
export interface Container {
  /** Undefined between an exit and the next start. */
  readonly process: () => RunningProcess | undefined;
  /** Asks the present process to end (SIGTERM, then SIGKILL after `graceMs`); it is started again. */
  readonly restart: (graceMs: number) => Promise<void>;
  /** From now on an exit is final. */
  readonly cease: () => void;
  /** Ceases, then ends the process: SIGTERM, and SIGKILL after `graceMs`. Resolves when it is gone. */
  readonly stop: (graceMs: number) => Promise<void>;
  /** Resolves when the process has ended for good. */
  readonly ended: Promise<void>;
}

async function end(process: RunningProcess | undefined, graceMs: number): Promise<void> {
  if (process === undefined) return;
  process.kill("SIGTERM");
  const gone = new AbortController();
  const exited = process.exited.then(() => gone.abort());
  await pause(graceMs, gone.signal);
  if (!gone.signal.aborted) process.kill("SIGKILL");
  await exited;
}

/** Keeps a process running as a kubelet does: started again at every exit, whatever its code, with a back-off. */
export function keepContainer(options: ContainerOptions): Container {
  const ceased = new AbortController();
  let current: RunningProcess | undefined;

  async function keep(): Promise<void> {
    let failures = 0;
    let next = options.adopted;
    while (!ceased.signal.aborted) {
      current = next ?? options.launch();
      next = undefined;
      const startedAt = performance.now();
      options.onStart(current);
      const why = await current.exited;
      current = undefined;
      if (ceased.signal.aborted) return;
      const ranMs = performance.now() - startedAt;
      if (ranMs >= BACK_OFF_RESET_MS) failures = 0;
      const restartsInMs = backOffMs(failures);
      failures += 1;
      options.onExit({ why, ranMs, restartsInMs });
      await pause(restartsInMs, ceased.signal);
    }
  }

  const ended = keep();
  return {
    process: () => current,
    restart: (graceMs) => end(current, graceMs),
    cease: () => ceased.abort(),
    stop: async (graceMs) => {
      ceased.abort();
      await end(current, graceMs);
      await ended;
    },
    ended,
  };
}
