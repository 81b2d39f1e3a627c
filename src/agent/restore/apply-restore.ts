import { formatEngine } from "../../cluster/engines.js";
import type { AgentConfig } from "../config.js";
import { inspectVolume, moveDataAside } from "../prepare.js";
import { isAppendOnly } from "../server-config.js";
import { podInstance, readRequest, type RestoreRequest } from "./restore-request.js";
import { clearRestore, isStaged, placeSnapshot } from "./staged-snapshot.js";

/** Why the request is void by now; undefined when it is not. */
function whyVoid({ role, template }: RestoreRequest, config: AgentConfig): string | undefined {
  if (template.engine !== config.engine || template.version !== config.version)
    return `it was meant for ${formatEngine(template)}, and this pod runs ${formatEngine(config)}`;
  // An election since then: what was to start empty may have the only data now.
  const owns = (inspectVolume(config).self?.slots ?? []).length > 0;
  if (owns === (role === "primary")) return undefined;
  return `it was asked of a ${role}, and this node ${owns ? "owns slots" : "owns no slots"} now`;
}

/** Data moved aside for a restore is told from data that an engine cannot read. */
export const asideStamp = (): string => `${new Date().toISOString().replaceAll(":", "-")}-before-restore`;

/**
 * Before a server starts: does what the pod before this one was asked for. Killed at any line, the next process takes it up:
 * the staged snapshot is gone in the same instant in which it becomes the data, and the request goes last.
 * @returns what was done, for people; undefined when nothing was asked
 */
export function applyRestore(config: AgentConfig): string | undefined {
  const { dataDir } = config;
  const request = readRequest(dataDir);
  if (request === undefined || request.instance === podInstance(config)) return undefined;
  const { set, shard, role } = request;
  const why = whyVoid(request, config);
  const placed = role === "primary" && !isStaged(dataDir);
  const moved = why !== undefined || placed ? [] : moveDataAside(config, asideStamp());
  if (why === undefined && role === "primary" && !placed) placeSnapshot(dataDir, { appendOnly: isAppendOnly(config) });
  clearRestore(dataDir);
  if (why !== undefined) return `a restore of shard ${shard} from ${set} is dropped: ${why}`;
  const aside = moved.length === 0 ? "" : `; moved aside: ${moved.join(", ")}`;
  return `shard ${shard} goes back to snapshot ${set}: ${role === "primary" ? "starts on it" : "starts empty"}${aside}`;
}
