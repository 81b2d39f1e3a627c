import { ReplyError } from "../../redis/reply-error.js";
import type { NodeConnection } from "../../redis/connect-node.js";
import type { Agent } from "../agent.js";
import type { HttpReply, HttpRoutes } from "../http-server.js";
import { bad, failed, ok } from "./replies.js";

type Command = readonly (string | number)[];

/** Body of `POST /canary`. Readers are told to replicas, and have a connection of their own. */
interface CanaryCall {
  readonly purpose: "write" | "read";
  readonly commands: readonly Command[];
}

const PREFIX = "evenkeel:canary:";
const COMMANDS_MAX = 64;

/** The token opens canary keys and no other; how often commands are called tells nothing of anybody's data. */
function isCanary(command: unknown): command is Command {
  if (!Array.isArray(command)) return false;
  const [name, key, value, option, seconds, ...rest] = command as readonly unknown[];
  if (name === "INFO" && key === "commandstats") return value === undefined;
  if (typeof key !== "string" || !key.startsWith(PREFIX) || rest.length > 0) return false;
  if (name === "GET") return value === undefined;
  return name === "SET" && typeof value === "number" && option === "EX" && typeof seconds === "number";
}

function isCall(body: unknown): body is CanaryCall {
  const { purpose, commands } = (body ?? {}) as Partial<CanaryCall>;
  if (purpose !== "write" && purpose !== "read") return false;
  return Array.isArray(commands) && commands.length <= COMMANDS_MAX && commands.every(isCanary);
}

/** `POST /canary`: writes and reads canary keys beside the server, for those who have no way to it. */
export function canaryRoute({ newFleet, config }: Pick<Agent, "newFleet" | "config">): HttpRoutes["post"][string] {
  const fleets = { write: newFleet(), read: newFleet() };
  const readers = new WeakSet<NodeConnection>();
  const connect = async (purpose: CanaryCall["purpose"]): Promise<NodeConnection> => {
    const connection = await fleets[purpose].connection(config.announceAddress);
    if (purpose === "read" && !readers.has(connection)) await connection.call("READONLY");
    if (purpose === "read") readers.add(connection);
    return connection;
  };
  return async (body): Promise<HttpReply> => {
    if (!isCall(body)) return bad(`purpose and commands: GET and SET … EX of keys that begin with ${PREFIX}`);
    try {
      const replies = await (await connect(body.purpose)).pipeline(body.commands);
      return ok({ replies: replies.map((reply) => (reply instanceof ReplyError ? { error: reply.message } : reply)) });
    } catch (error) {
      return failed(error);
    }
  };
}
