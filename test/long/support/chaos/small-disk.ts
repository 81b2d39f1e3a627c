import { execFileSync } from "node:child_process";
import { cpSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { downCluster } from "../../../../src/platforms/local/down-cluster.js";
import { type TestCluster, untilReady } from "../../../local/support/test-cluster.js";

export interface SmallDisk {
  /** Writes until nothing more fits. */
  fill(): void;
  free(): void;
  unmount(): void;
}

const SIZE_MB = 512;
const PIECE = Buffer.alloc(1024 * 1024);

/** Why no small file system can be mounted here; undefined when one can. */
export function whyNoMount(): string | undefined {
  return process.platform === "linux" && process.getuid?.() === 0
    ? undefined
    : "a volume of its own is a mount, which needs root on Linux";
}

/** Gives a pod's volume a small file system of its own, with the data that it has. The cluster is stopped for it and started again. */
export async function mountSmallDisk(cluster: TestCluster, pod: string): Promise<SmallDisk> {
  const volume = cluster.volume(pod);
  await downCluster({ home: cluster.home, name: cluster.name });
  const copy = `${volume}.copy`;
  cpSync(volume, copy, { recursive: true });
  execFileSync("mount", ["-t", "tmpfs", "-o", `size=${SIZE_MB}m`, "tmpfs", volume]);
  const unmount = (): void => void execFileSync("umount", ["--lazy", volume]);
  try {
    cpSync(copy, volume, { recursive: true });
    rmSync(copy, { recursive: true });
    await cluster.up();
    await untilReady(cluster, 60);
  } catch (error) {
    unmount();
    throw error;
  }
  const filler = join(volume, "filler");
  return {
    fill() {
      try {
        for (;;) writeFileSync(filler, PIECE, { flag: "a" });
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "ENOSPC") throw error;
      }
    },
    free: () => rmSync(filler, { force: true }),
    unmount,
  };
}
