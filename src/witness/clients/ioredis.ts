import type { ConnectClient } from "./cluster-client.js";
import { asClient, clusterSettings } from "./ioredis-family.js";

/** ioredis `Cluster`, loaded only when asked for. */
export const connectIoredis: ConnectClient = async (connect) => {
  const { Cluster } = await import("ioredis");
  const { nodes, options } = clusterSettings(connect);
  return asClient(new Cluster(nodes, options), connect);
};
