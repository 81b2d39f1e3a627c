import type { ClusterClient, ConnectOptions } from "./cluster-client.js";

/** What the witness uses of a `Cluster` of ioredis, or of iovalkey, which began as a copy of it. */
interface Cluster {
  on(event: "error", listener: (error: unknown) => void): unknown;
  incr(key: string): Promise<number>;
  set(key: string, value: string): Promise<unknown>;
  set(key: string, value: string, unit: "EX", seconds: number): Promise<unknown>;
  get(key: string): Promise<string | null>;
  expire(key: string, seconds: number): Promise<number>;
  unlink(key: string): Promise<unknown>;
  disconnect(): void;
}

/** The library's defaults, and what the servers demand to see. */
export function clusterSettings({ seeds, user, password, tls }: ConnectOptions) {
  const redisOptions = {
    ...(user === undefined ? {} : { username: user }),
    ...(password === undefined ? {} : { password }),
    ...(tls === undefined ? {} : { tls }),
  };
  return {
    nodes: seeds.map(({ address, port }) => ({ host: address, port })),
    options: {
      ...(Object.keys(redisOptions).length === 0 ? {} : { redisOptions }),
      // A certificate holds names: a name that was resolved could not be verified any more.
      ...(tls === undefined
        ? {}
        : { dnsLookup: (name: string, found: (error: null, address: string) => void) => found(null, name) }),
    },
  };
}

/** The library's cluster, as the witness calls it. */
export function asClient(cluster: Cluster, { onError }: ConnectOptions): ClusterClient {
  cluster.on("error", onError);
  return {
    incr: (key) => cluster.incr(key),
    async set(key, value, ttlSeconds) {
      await (ttlSeconds > 0 ? cluster.set(key, value, "EX", ttlSeconds) : cluster.set(key, value));
    },
    get: (key) => cluster.get(key),
    async expire(key, ttlSeconds) {
      return (await cluster.expire(key, ttlSeconds)) === 1;
    },
    async unlink(key) {
      await cluster.unlink(key);
    },
    close: () => cluster.disconnect(),
  };
}
