import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { AgentConfig } from "../../../../src/agent/config.js";

export const SET = "2026-11-27";
export const SNAPSHOT = "REDIS0010 of the former engine";
const OWN = "a".repeat(40);
const OTHER = "b".repeat(40);

/** Folders of one pod: a volume that outlives it, and a gate that does not. */
export interface TestPod {
  readonly root: string;
  readonly config: AgentConfig;
}

let gates = 0;

/** A pod of the former version with a volume on which the newer engine has run. */
export function newPod({ role }: { readonly role: "primary" | "replica" }): TestPod {
  const root = mkdtempSync(join(tmpdir(), "evenkeel-restore-"));
  const dataDir = join(root, "data");
  write(join(dataDir, "dump.rdb"), "REDIS0012 newer");
  write(join(dataDir, "appendonlydir", "appendonly.aof.7.base.rdb"), "REDIS0012 newer base");
  setRole(dataDir, role);
  return nextPod({ root, config: configOn(root, "redis@8.0") }, "redis@8.0");
}

/** Another pod on the same volume. */
export function nextPod({ root }: TestPod, spec: string, serverConfig: readonly string[] = []): TestPod {
  gates += 1;
  const config = { ...configOn(root, spec), serverConfig, gate: join(root, `pod-${gates}`, "server.conf") };
  mkdirSync(dirname(config.gate), { recursive: true });
  return { root, config };
}

function configOn(root: string, spec: string): AgentConfig {
  const [engine = "", version = ""] = spec.split("@");
  const dataDir = join(root, "data");
  return { pod: "rc-0", cluster: "c", engine, version, dataDir, serverConfig: [] } as unknown as AgentConfig;
}

/** What the cluster file of the volume says of this node. */
export function setRole(dataDir: string, role: "primary" | "replica"): void {
  const line =
    role === "primary"
      ? `${OWN} 127.1.1.1:6379@16379 myself,master - 0 0 1 connected 0-100\n`
      : `${OWN} 127.1.1.1:6379@16379 myself,slave ${OTHER} 0 0 1 connected\n`;
  write(join(dataDir, "nodes.conf"), line);
}

export function write(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

/** Everything in the volume but the cluster file: path without the time in it -> text. */
export function contents(dataDir: string): Readonly<Record<string, string>> {
  if (!existsSync(dataDir)) return {};
  const files = readdirSync(dataDir, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return Object.fromEntries(
    files
      .map((file) => join(file.parentPath, file.name))
      .filter((path) => !path.endsWith("nodes.conf"))
      .map((path) => [
        path.slice(dataDir.length + 1).replace(/evenkeel-aside\/[^/]+-before-restore/, "aside"),
        readFileSync(path, "utf8"),
      ]),
  );
}
