import type { ConnectClient } from "./cluster-client.js";

/** node-redis `createCluster`, loaded only when asked for. */
export const connectNodeRedis: ConnectClient = async ({ seeds, user, password, tls, onError }) => {
  const { createCluster } = await import("redis");
  const secure = tls === undefined ? {} : { tls: true as const, ...tls };
  const defaults = {
    ...(user === undefined ? {} : { username: user }),
    ...(password === undefined ? {} : { password }),
    ...(tls === undefined ? {} : { socket: secure }),
  };
  const cluster = createCluster({
    rootNodes: seeds.map(({ address, port }) => ({ socket: { host: address, port, ...secure } })),
    // Settings of the root nodes do not reach the nodes found through them; `defaults` reaches both.
    ...(Object.keys(defaults).length === 0 ? {} : { defaults }),
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
