import { parseEngineSpec } from "../cluster/engines.js";
import type { ServerTemplate } from "../platforms/local/cluster-file.js";
import { resolveEngine } from "../platforms/local/engines/resolve-engine.js";
import type { CommandContext } from "./context.js";

/**
 * The engine that a user wrote, with its full version and its program: `redis@8.0` becomes redis 8.0.x, fetched when it has to be.
 * @throws EvenkeelError `ENGINE_UNKNOWN`, `ENGINE_NOT_FOUND`, `ENGINE_FETCH_FAILED`
 */
export async function findEngine(context: CommandContext, spec: string): Promise<ServerTemplate> {
  const { io, recorder, signal } = context;
  const { engine, version, server } = await resolveEngine(parseEngineSpec(spec), {
    env: io.env,
    notify: (message) => recorder.emit("ENGINE_FETCHING", message, { engine: spec, source: message }),
    signal,
  });
  return { engine, version, server };
}
