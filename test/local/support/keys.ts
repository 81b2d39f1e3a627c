import { Cluster } from "ioredis";
import type { TestCluster } from "./test-cluster.js";

const valueOf = (key: string): string => `value of ${key}`;

async function withClient<T>(started: TestCluster, work: (client: Cluster) => Promise<T>): Promise<T> {
  const client = new Cluster((await started.pods()).map((pod) => ({ host: pod.address, port: pod.port })));
  try {
    return await work(client);
  } finally {
    client.disconnect();
  }
}

/** Names that fall into every shard. */
export const keyNames = (prefix: string, count: number): string[] =>
  Array.from({ length: count }, (_, n) => `${prefix}:${n}`);

/** Writes each key; each write is confirmed by a replica (`WAIT 1`) before this resolves. */
export async function writeKeys(started: TestCluster, keys: readonly string[]): Promise<void> {
  await withClient(started, async (client) => {
    await Promise.all(keys.map((key) => client.set(key, valueOf(key))));
    const confirmed = await Promise.all(client.nodes("master").map((node) => node.wait(1, 5000)));
    if (confirmed.some((replicas) => replicas < 1))
      throw new Error(`WAIT 1 was not confirmed: ${confirmed.join(", ")}`);
  });
}

/** The keys that are not there, or with another value. */
export async function missingKeys(started: TestCluster, keys: readonly string[]): Promise<readonly string[]> {
  return withClient(started, async (client) => {
    const values = await Promise.all(keys.map((key) => client.get(key)));
    return keys.filter((key, n) => values[n] !== valueOf(key));
  });
}

/** Every key that a primary holds, whoever wrote it. */
export async function allKeys(started: TestCluster): Promise<readonly string[]> {
  const found: string[] = [];
  for (const pod of await started.pods()) {
    if (!String(await started.call(pod.name, "ROLE")).startsWith("master")) continue;
    found.push(...((await started.call(pod.name, "KEYS", "*")) as string[]));
  }
  return found.toSorted();
}
