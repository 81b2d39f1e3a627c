import { resolve } from "node:path";
import { type EngineSpec, parseEngineSpec, versionMatches } from "../../cluster/engines.js";
import { EXIT, type ExitCode } from "../../errors/evenkeel-error.js";
import {
  type AddressMode,
  type ClusterFile,
  readClusterFileAt,
  type ServerTemplate,
} from "../../platforms/local/cluster-file.js";
import { downCluster } from "../../platforms/local/down-cluster.js";
import { clusterPaths } from "../../platforms/local/state-paths.js";
import { upCluster } from "../../platforms/local/up-cluster.js";
import { resolveShape } from "../cluster-shape.js";
import { findEngine as findProgram } from "../find-engine.js";
import type { CommandContext } from "../context.js";
import { readStatus } from "../open-cluster.js";
import { openLocal } from "../open-local.js";
import { readPassword } from "../read-password.js";
import { renderStatus } from "../render-status.js";
import type { StatusReport } from "../status-report.js";
import { waitReady } from "../wait-ready.js";

export interface UpOptions {
  readonly engine?: string;
  readonly shards?: number;
  readonly replicas?: number;
  readonly nodes?: number;
  readonly addresses?: AddressMode;
  readonly hosts?: number;
  readonly zones?: number;
  readonly subnet?: string;
  readonly passwordFile?: string;
  readonly config?: readonly string[];
}

export interface UpOutcome {
  /** False when it was there already. */
  readonly created: boolean;
  readonly cluster: ClusterFile;
  readonly status: StatusReport;
}

const DEFAULT_ENGINE = "redis@7.0";
const READY_DEADLINE_MS = 60_000;

function labels(prefix: string, count: number | undefined): readonly string[] | undefined {
  return count === undefined ? undefined : Array.from({ length: count }, (_, i) => `${prefix}-${i}`);
}

/** The program to run; undefined when the cluster exists with an engine that fits what was asked for. */
async function findEngine(
  context: CommandContext,
  asked: string | undefined,
  existing: ClusterFile | undefined,
): Promise<ServerTemplate | undefined> {
  if (existing !== undefined && asked === undefined) return undefined;
  const spec: EngineSpec = parseEngineSpec(asked ?? DEFAULT_ENGINE);
  const present = existing?.template;
  if (present !== undefined && present.engine === spec.engine && versionMatches(spec.version, present.version))
    return undefined;
  const found = await findProgram(context, asked ?? DEFAULT_ENGINE);
  const name = `${found.engine}@${found.version}`;
  const path = found.server.join(" ");
  context.recorder.emit("ENGINE_READY", `${name}: ${path}`, { engine: name, path });
  return found;
}

/**
 * Starts the cluster and waits until it is formed and every pod is ready.
 * @throws EvenkeelError those of the platform's `up`, `CLUSTER_SHAPE`, `PASSWORD_FILE`, `DEADLINE`
 */
export async function bringUp(context: CommandContext, options: UpOptions): Promise<UpOutcome> {
  const { home, name, io, recorder, signal } = context;
  const existing = readClusterFileAt(clusterPaths(home, name));
  // Of a cluster that exists only what is named is compared.
  const shape = existing !== undefined && options.nodes === undefined ? options : resolveShape(options);
  const passwordFile = options.passwordFile === undefined ? undefined : resolve(io.cwd, options.passwordFile);
  // Now, not when the first agent stumbles over it.
  if (passwordFile !== undefined) readPassword(passwordFile);
  const engine = await findEngine(context, options.engine, existing);
  const span = recorder.span("up");
  const { created, cluster } = await upCluster({
    home,
    name,
    engine,
    shards: shape.shards,
    replicas: shape.replicas,
    addresses: options.addresses,
    subnet: options.subnet,
    hosts: labels("host", options.hosts),
    zones: labels("zone", options.zones),
    serverConfig: options.config,
    passwordFile,
    signal,
    notify: (message) => span.emit("NOTICE", message, { topic: "up" }),
  });
  const pods = cluster.placements.length;
  const counts = { pods, shards: cluster.shards, replicas: cluster.replicas };
  if (created) span.emit("CLUSTER_FORMING", `${pods} servers run; their agents form the cluster`, counts);
  try {
    const opened = openLocal(context);
    const status = await waitReady(() => readStatus(opened), { recorder: span, signal, deadlineMs: READY_DEADLINE_MS });
    span.finish("CLUSTER_READY", `cluster ${name} is formed, ${pods} pods ready`, { pods });
    return { created, cluster, status };
  } catch (error) {
    // Who interrupts the making of a cluster does not want half of one.
    if (created && signal.aborted) await downCluster({ home, name, purge: true });
    throw error;
  }
}

/** Starts a local cluster; when it runs already, says so. */
export async function run(context: CommandContext, options: UpOptions): Promise<ExitCode> {
  const { created, status } = await bringUp(context, options);
  const first = created ? "" : `cluster ${context.name} was there already\n`;
  const text = `${first}${renderStatus(status, { color: context.color })}`;
  context.printResult(text, { result: created ? "created" : "present", ...status });
  return EXIT.done;
}
