import type { ConnectClient } from "./cluster-client.js";

/** ioredis `Cluster`, loaded only when asked for. */
export const connectIoredis: ConnectClient = async ({ seeds, user, password, tls, onError }) => {
  const { Cluster } = await import("ioredis");
  const nodes = seeds.map(({ address, port }) => ({ host: address, port }));
  const redisOptions = {
    ...(user === undefined ? {} : { username: user }),
    ...(password === undefined ? {} : { password }),
    ...(tls === undefined ? {} : { tls }),
  };
  const cluster = new Cluster(nodes, {
    ...(Object.keys(redisOptions).length === 0 ? {} : { redisOptions }),
    // A certificate holds names: a name that was resolved could not be verified any more.
    ...(tls === undefined ? {} : { dnsLookup: (name, found) => found(null, name) }),
  });
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
};
