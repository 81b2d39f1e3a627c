import type { ConnectClient } from "./cluster-client.js";

/** node-redis `createCluster`, loaded only when asked for. */
export const connectNodeRedis: ConnectClient = async ({ seeds, password, onError }) => {
  const { createCluster } = await import("redis");
  const cluster = createCluster({
    rootNodes: seeds.map(({ address, port }) => ({ socket: { host: address, port } })),
    // Settings of the root nodes do not reach the nodes found through them; `defaults` reaches both.
    ...(password === undefined ? {} : { defaults: { password } }),
  });
  cluster.on("error", onError);
  await cluster.connect();
  return {
    incr: (key) => cluster.incr(key),
    async set(key, value, ttlSeconds) {
      await (ttlSeconds > 0
        ? cluster.set(key, value, { expiration: { type: "EX", value: ttlSeconds } })
        : cluster.set(key, value));
    },
    get: (key) => cluster.get(key),
    async expire(key, ttlSeconds) {
      return (await cluster.expire(key, ttlSeconds)) === 1;
    },
    async unlink(key) {
      await cluster.unlink(key);
    },
    close() {
      if (cluster.isOpen) cluster.destroy();
    },
  };
};
