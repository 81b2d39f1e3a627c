import type { ConnectClient } from "./cluster-client.js";

/** iovalkey `Cluster`, loaded only when asked for. */
export const connectIovalkey: ConnectClient = async ({ seeds, password, onError }) => {
  const { Cluster } = await import("iovalkey");
  const nodes = seeds.map(({ address, port }) => ({ host: address, port }));
  const cluster = new Cluster(nodes, password === undefined ? {} : { redisOptions: { password } });
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
