import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { execa } from "execa";
import { cacheFolders } from "../../../src/platforms/local/engines/cache-folder.js";
import { nodeNetwork } from "./cluster-program.js";
import { until } from "./kube.js";

/** Client libraries of other languages, at their default settings. */
export const LIBRARIES = ["go-redis", "valkey-go", "redis-py", "valkey-py", "jedis", "lettuce"] as const;
export type ClientLibrary = (typeof LIBRARIES)[number];

/** Libraries that must not see anything of a planned change, at their default settings. */
export const PROMISED: readonly ClientLibrary[] = ["go-redis", "redis-py", "valkey-py"];

/** What a client saw. */
export interface ClientReport {
  readonly library: string;
  readonly commands: number;
  readonly failed: number;
  readonly errors: Readonly<Record<string, number>>;
  readonly lost: number;
  readonly doubled: number;
  readonly worstMs: number;
  /** When the slowest one was due, UTC. */
  readonly worstAt: string;
  /** The latest that the program itself sent a command after it was due: its own share in the latencies. */
  readonly selfLagMs: number;
}

export interface RunningClients {
  /** Ends the load, waits for the read-back. */
  finish(): Promise<readonly ClientReport[]>;
  kill(): void;
}

const SOURCES = fileURLToPath(new URL("../../clients", import.meta.url));
const tools = (): string => join(cacheFolders({ env: process.env }).root, "tools", "test-clients");

async function buildGo(): Promise<readonly string[]> {
  const program = join(tools(), "go-client");
  await execa("go", ["build", "-o", program, "."], { cwd: join(SOURCES, "go") });
  return [program];
}

async function buildPython(): Promise<readonly string[]> {
  const venv = join(tools(), "python");
  const python = join(venv, "bin/python");
  if (!existsSync(python)) await execa("python3", ["-m", "venv", venv]);
  const lock = join(SOURCES, "python/requirements.txt");
  await execa(python, ["-m", "pip", "install", "--quiet", "--require-hashes", "--only-binary", ":all:", "-r", lock]);
  return [python, join(SOURCES, "python/client_under_load.py")];
}

async function buildJava(): Promise<readonly string[]> {
  const folder = join(tools(), "java");
  mkdirSync(folder, { recursive: true });
  await execa("mvn", ["-q", "-B", "dependency:copy-dependencies", `-DoutputDirectory=${join(folder, "lib")}`], {
    cwd: join(SOURCES, "java"),
  });
  const classPath = `${folder}/classes:${folder}/lib/*`;
  await execa("javac", ["-cp", classPath, "-d", join(folder, "classes"), join(SOURCES, "java/ClientUnderLoad.java")]);
  return ["java", "-Xmx96m", "-XX:TieredStopAtLevel=1", "-cp", classPath, "ClientUnderLoad"];
}

const BUILD: Readonly<Record<ClientLibrary, () => Promise<readonly string[]>>> = {
  "go-redis": buildGo,
  "valkey-go": buildGo,
  "redis-py": buildPython,
  "valkey-py": buildPython,
  jedis: buildJava,
  lettuce: buildJava,
};
const built = new Map<() => Promise<readonly string[]>, Promise<readonly string[]>>();

/** The command that runs a library's client; built once per test process from pinned versions. */
function commandOf(library: ClientLibrary): Promise<readonly string[]> {
  const build = BUILD[library];
  const command = built.get(build) ?? build();
  built.set(build, command);
  return command;
}

/** Builds the clients of these libraries, each language beside the others. */
export async function prepareClients(libraries: readonly ClientLibrary[]): Promise<void> {
  mkdirSync(tools(), { recursive: true });
  await Promise.all(libraries.map(commandOf));
}

export interface StartClientsOptions {
  /** `host:port` of some nodes. */
  readonly seeds: readonly string[];
  readonly libraries: readonly ClientLibrary[];
  /** Commands a second of each. */
  readonly rate?: number;
  /** In whose network they run: 1, 2 … */
  readonly node?: number;
  readonly flags?: readonly string[];
  /** Text of a pod's resolv.conf, for clients that have to look names up. */
  readonly resolver?: string;
}

/** Starts clients as processes in a node's network; resolves when all of them have had commands answered. */
export async function startClients(options: StartClientsOptions): Promise<RunningClients> {
  await prepareClients(options.libraries);
  const clients: Client[] = [];
  for (const library of options.libraries) clients.push(startClient(library, await commandOf(library), options));
  const kill = (): void => clients.forEach(({ child }) => child.kill("SIGKILL"));
  try {
    await Promise.all(clients.map((client) => until(`${client.library} to begin`, 40, client.begun)));
  } catch (error) {
    kill();
    throw error;
  }
  return {
    kill,
    finish: () => {
      for (const { child } of clients) child.kill("SIGTERM");
      return Promise.all(clients.map(({ report }) => report));
    },
  };
}

/** A mount namespace of its own, in which the names of Services are known; the process stays the same one. */
function withResolver(resolver: string | undefined): readonly string[] {
  if (resolver === undefined) return [];
  const file = join(mkdtempSync(join(tmpdir(), "evenkeel-resolver-")), "resolv.conf");
  writeFileSync(file, resolver, { mode: 0o644 });
  return [
    "unshare",
    "--mount",
    "sh",
    "-c",
    'mount --bind "$0" /etc/resolv.conf && rm "$0" && rmdir "${0%/*}" && exec "$@"',
    file,
  ];
}

interface Client {
  readonly library: string;
  readonly child: ChildProcess;
  readonly begun: () => Promise<boolean>;
  readonly report: Promise<ClientReport>;
}

function startClient(library: string, command: readonly string[], options: StartClientsOptions): Client {
  const { seeds, rate = 100, node = 1, flags = [] } = options;
  const run = randomBytes(4).toString("hex");
  const args = [
    "--library",
    library,
    "--seeds",
    seeds.join(","),
    "--rate",
    String(rate),
    "--run",
    run,
    "--with-parent",
    "yes",
    ...flags,
  ];
  const child = spawn(
    "nsenter",
    [`--net=${nodeNetwork(node)}`, ...withResolver(options.resolver), ...command, ...args],
    {
      stdio: ["pipe", "pipe", "pipe"],
    },
  );
  const said: string[] = [];
  let begun = false;
  createInterface({ input: child.stderr }).on("line", (line) => said.push(line));
  const report = new Promise<ClientReport>((resolve, reject) => {
    createInterface({ input: child.stdout }).on("line", (line) => {
      const message = JSON.parse(line) as { type: string } & ClientReport;
      if (message.type === "started") begun = true;
      else resolve(message);
    });
    child.once("error", reject);
    child.once("close", (code) => reject(new Error(`${library} ended (${code}): ${said.slice(-20).join("\n")}`)));
  });
  report.catch(() => undefined);
  return {
    library,
    child,
    report,
    begun: async () => {
      if (child.exitCode !== null) await report;
      return begun;
    },
  };
}

/** Of each client what nobody may see; the worst latency beside it for people. */
export function flawsOf(reports: readonly ClientReport[]): Readonly<Record<string, object>> {
  return Object.fromEntries(
    reports.map(({ library, failed, errors, lost, doubled }) => [library, { failed, errors, lost, doubled }]),
  );
}
