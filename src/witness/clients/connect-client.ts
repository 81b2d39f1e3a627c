import type { Library } from "../witness-config.js";
import type { ConnectClient } from "./cluster-client.js";
import { connectIoredis } from "./ioredis.js";
import { connectIovalkey } from "./iovalkey.js";
import { connectNodeRedis } from "./node-redis.js";

/** The adapter of each library. A library's own code is loaded by its adapter's first use. */
export const CONNECT: Readonly<Record<Library, ConnectClient>> = {
  ioredis: connectIoredis,
  "node-redis": connectNodeRedis,
  iovalkey: connectIovalkey,
};
