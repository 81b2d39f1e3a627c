import { writeJsonAtomic } from "../write-file-atomic.js";
import type { PodStatus } from "../pod-status.js";

/** The pod's status, in memory and in its file. */
export interface StatusStore {
  readonly get: () => PodStatus;
  /** Changes fields; the file is written when that made a difference. */
  readonly update: (change: Partial<PodStatus>) => void;
}

/** Opens the status of a pod, beginning with `initial`. */
export function openStatusStore(path: string, initial: PodStatus): StatusStore {
  let status = initial;
  let written = "";
  const write = (): void => {
    const text = JSON.stringify(status);
    if (text === written) return;
    try {
      writeJsonAtomic(path, status);
      written = text;
    } catch (error) {
      // A full disk must not end the kubelet: the next change tries again.
      process.stderr.write(`cannot write ${path}: ${String(error)}\n`);
    }
  };
  write();
  return {
    get: () => status,
    update: (change) => {
      status = { ...status, ...change };
      write();
    },
  };
}
