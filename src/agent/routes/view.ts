import { isEvenkeelError } from "../../errors/evenkeel-error.js";
import { observe } from "../../redis/observe-node.js";
import type { Agent } from "../agent.js";
import type { HttpReply } from "../http-server.js";
import { readDisk } from "./disk-facts.js";
import { ok } from "./replies.js";

/** `GET /view`: what the own server says now, for those who have no way to it, with what only the pod knows. */
export async function showView({ own, config }: Agent): Promise<HttpReply> {
  const around = { disk: readDisk(config.dataDir), placement: config.placement };
  try {
    return ok({ view: await observe(await own.connection()), ...around });
  } catch (error) {
    const kind = isEvenkeelError(error) ? error.details["kind"] : undefined;
    const reason = error instanceof Error ? error.message : String(error);
    return ok({ view: null, unreachable: { kind: kind ?? "error", reason }, ...around });
  }
}
