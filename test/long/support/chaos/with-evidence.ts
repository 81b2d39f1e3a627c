import { cpSync, mkdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { startTestCluster, type TestCluster } from "../../../local/support/test-cluster.js";

export interface RoundResult {
  /** One line of what happened. */
  readonly said: string;
  /** What must not be; empty when all went as it must. */
  readonly flaws: readonly string[];
}

/** Data, pipes and sockets; the rest are logs, states and journals. */
const LEFT_OUT: ReadonlySet<string> = new Set(["volume", "run", "snapshots", "removed"]);

/** Copies logs, journal and events to where they outlive the cluster. */
function keepEvidence(cluster: TestCluster, name: string): void {
  const folder = join(process.env.EVENKEEL_CHAOS_OUT ?? tmpdir(), `evenkeel-chaos-${name}`);
  mkdirSync(folder, { recursive: true });
  cpSync(cluster.home, folder, { recursive: true, filter: (path) => !LEFT_OUT.has(basename(path)) });
  process.stderr.write(`logs, journal and events of ${name}: ${folder}\n`);
}

/** A round on a fresh cluster; when it went wrong, all that tells why is kept. */
export async function withEvidence(
  name: string,
  round: (cluster: TestCluster) => Promise<RoundResult>,
): Promise<RoundResult> {
  const cluster = await startTestCluster();
  let well = false;
  try {
    const result = await round(cluster);
    well = result.flaws.length === 0;
    return result;
  } finally {
    if (!well) keepEvidence(cluster, name);
    await cluster.destroy();
  }
}
