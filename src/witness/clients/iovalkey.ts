import type { ConnectClient } from "./cluster-client.js";
import { asClient, clusterSettings } from "./ioredis-family.js";

/** iovalkey `Cluster`, loaded only when asked for. */
export const connectIovalkey: ConnectClient = async (connect) => {
  const { Cluster } = await import("iovalkey");
  const { nodes, options } = clusterSettings(connect);
  return asClient(new Cluster(nodes, options), connect);
};
