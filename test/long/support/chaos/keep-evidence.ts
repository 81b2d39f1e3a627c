import { cpSync, mkdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import type { TestCluster } from "../../../local/support/test-cluster.js";

/** Data, pipes and sockets; the rest are logs, states and journals. */
const LEFT_OUT: ReadonlySet<string> = new Set(["volume", "run", "snapshots", "removed"]);

/** Copies logs, journal and events of a round that failed to where they outlive the cluster. */
export function keepEvidence(cluster: TestCluster, name: string): string {
  const folder = join(process.env.EVENKEEL_CHAOS_OUT ?? tmpdir(), `evenkeel-chaos-${name}`);
  mkdirSync(folder, { recursive: true });
  cpSync(cluster.home, folder, { recursive: true, filter: (path) => !LEFT_OUT.has(basename(path)) });
  return folder;
}
