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

/** This process, which is to hold a lock. */
function identifySelf(): ProcessIdentity {
  const self = identifyProcess(process.pid);
  if (self === undefined) throw new Error("this system does not tell when a process was started");
  return self;
}

/**
 * Makes a process the pod's only kubelet. The lock names its holder, so that the lock of a killed kubelet holds nobody up. Who
 * starts a kubelet locks the pod for it already: one that has not come to say anything yet can be found and stopped too.
 *
 * @param kubelet this process unless told
 * @returns the holder; asked again for the same one, nothing changes
 * @throws EvenkeelError `KUBELET_RUNNING` when another kubelet lives
 */
export function lockPod(lock: string, kubelet: ProcessIdentity = identifySelf()): ProcessIdentity {
  const draft = `${lock}.${process.pid}`;
  writeFileSync(draft, JSON.stringify(kubelet));
  try {
    for (;;) {
      const holder = readLockHolder(lock);
      if (holder?.pid === kubelet.pid) return kubelet;
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
        return kubelet;
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
