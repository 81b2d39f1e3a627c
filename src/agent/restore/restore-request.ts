import { randomUUID } from "node:crypto";
import { mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import type { EngineSpec } from "../../cluster/engines.js";
import type { Role } from "../../cluster/types.js";
import type { AgentConfig } from "../config.js";
import { readIfThere, writeDurably } from "../files.js";
import { requestPath } from "./staged-snapshot.js";

/** What the next pod on this volume is to do before its server starts. */
export interface RestoreRequest {
  readonly set: string;
  readonly shard: number;
  /** The primary starts on the snapshot, a replica empty. */
  readonly role: Role;
  /** What the next pod is to run: the snapshot is its own. */
  readonly template: EngineSpec;
  /** The pod that was asked; it is the next one that obeys. */
  readonly instance: string;
  /** By the wall clock: the process that reads it may be another one. */
  readonly askedAtMs: number;
}

/** Whoever asked deletes the pod at once. One that still stands after this long is stopped by somebody else: it hands over. */
const STOPS_WITHIN_MS = 600_000;

/** Identity of this pod: kept beside the gate, in a folder that comes and goes with the pod. */
export function podInstance({ gate }: Pick<AgentConfig, "gate">): string {
  const path = join(dirname(gate), "instance");
  const known = readIfThere(path);
  if (known !== undefined) return known;
  const fresh = randomUUID();
  writeDurably(path, fresh);
  return fresh;
}

/** The request in a volume; undefined when there is none. */
export function readRequest(dataDir: string): RestoreRequest | undefined {
  const text = readIfThere(requestPath(dataDir));
  return text === undefined ? undefined : (JSON.parse(text) as RestoreRequest);
}

/** Writes the request for the pod that comes after this one. A snapshot has to be staged before. */
export function writeRequest(
  config: Pick<AgentConfig, "dataDir" | "gate">,
  asked: Omit<RestoreRequest, "instance" | "askedAtMs">,
): void {
  const path = requestPath(config.dataDir);
  mkdirSync(dirname(path), { recursive: true });
  const request: RestoreRequest = { ...asked, instance: podInstance(config), askedAtMs: Date.now() };
  writeDurably(path, JSON.stringify(request));
}

/** This pod is stopped so that its shard goes back to a snapshot: nobody is to take its slots over. */
export function stopsForRestore(config: Pick<AgentConfig, "dataDir" | "gate">): boolean {
  const request = readRequest(config.dataDir);
  // Nothing is written for the usual stop, which comes before a hand-over.
  if (request === undefined) return false;
  return request.instance === podInstance(config) && Date.now() - request.askedAtMs < STOPS_WITHIN_MS;
}
