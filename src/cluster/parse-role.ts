import { parseFailed } from "./parse-failed.js";
import type { RoleReply } from "./types.js";

const unreadable = (reply: unknown): Error =>
  parseFailed("ROLE", JSON.stringify(reply) ?? String(reply), "neither that of a primary nor of a replica");

/**
 * Parses the reply of `ROLE`.
 * @throws EvenkeelError `PARSE_FAILED`
 */
export function parseRole(reply: unknown): RoleReply {
  if (!Array.isArray(reply)) throw unreadable(reply);
  const [role, ...rest] = reply as readonly unknown[];
  if (role === "master" && Array.isArray(rest[1])) {
    return { role: "primary", offset: Number(rest[0]), replicas: (rest[1] as readonly unknown[]).map(parseReplica) };
  }
  if (role === "slave" && rest.length >= 4) {
    const [address, port, state, offset] = rest;
    return {
      role: "replica",
      primaryAddress: String(address),
      primaryPort: Number(port),
      state: String(state),
      offset: Number(offset),
    };
  }
  throw unreadable(reply);
}

function parseReplica(reply: unknown): { address: string; port: number; offset: number } {
  if (!Array.isArray(reply) || reply.length < 3) throw unreadable(reply);
  const [address, port, offset] = reply as readonly unknown[];
  return { address: String(address), port: Number(port), offset: Number(offset) };
}
