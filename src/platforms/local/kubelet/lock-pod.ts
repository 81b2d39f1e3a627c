import { linkSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { EvenkeelError } from "../../../errors/evenkeel-error.js";
import { hasShape } from "../check-shape.js";
import { identifyProcess, isRunning, processIdentityShape } from "../process-identity.js";
import type { ProcessIdentity } from "../process-identity.js";

/** Who holds the lock of a pod; null when nobody does, or its holder is gone. */
export function readLockHolder(lock: string): ProcessIdentity | null {
  try {
    const holder: unknown = JSON.parse(readFileSync(lock, "utf8"));
    return hasShape(holder, processIdentityShape) && isRunning(holder) ? holder : null;
  } catch {
    return null;
  }
}

/**
 * Makes this process the pod's only kubelet. The lock names its holder, so that the lock of a killed kubelet holds nobody up.
 *
 * @returns this process
 * @throws EvenkeelError `KUBELET_RUNNING` when another kubelet lives
 */
export function lockPod(lock: string): ProcessIdentity {
  const self = identifyProcess(process.pid);
  if (self === undefined) throw new Error("this system does not tell when a process was started");
  const draft = `${lock}.${process.pid}`;
  writeFileSync(draft, JSON.stringify(self));
  try {
    for (;;) {
      const holder = readLockHolder(lock);
      if (holder !== null) {
        throw new EvenkeelError(`process ${holder.pid} is the kubelet of this pod already`, {
          code: "KUBELET_RUNNING",
          owner: "environment",
          details: { lock, pid: holder.pid },
        });
      }
      rmSync(lock, { force: true });
      try {
        // A link is made whole or not at all, and fails when somebody else was first.
        linkSync(draft, lock);
        return self;
      } catch (error) {
        if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
      }
    }
  } finally {
    rmSync(draft, { force: true });
  }
}

/** Gives the lock back. */
export function unlockPod(lock: string): void {
  rmSync(lock, { force: true });
}
