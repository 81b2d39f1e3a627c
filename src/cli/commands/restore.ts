import { join, resolve } from "node:path";
import { EXIT, type ExitCode } from "../../errors/evenkeel-error.js";
import { formatBytes } from "../../hosts/format-quantity.js";
import { resolveEngine } from "../../platforms/local/engines/resolve-engine.js";
import {
  planRestore,
  type RestoreOptions,
  type RestorePlan,
  restoreSet,
} from "../../platforms/local/snapshots/restore-set.js";
import { readSet, setFolder } from "../../platforms/local/snapshots/snapshot-store.js";
import { clusterPaths } from "../../platforms/local/state-paths.js";
import type { CommandContext } from "../context.js";
import { openLocal } from "../open-local.js";

export interface RestoreCommandOptions {
  /** Name of a set, or a folder that holds one. */
  readonly set: string;
  /** Cluster whose snapshots are meant; without it, the one that gets them. */
  readonly from?: string;
  readonly execute: boolean;
}

const PROGRESS_EVERY_MS = 500;

/** A name with a slash is a folder, wherever it is. */
function findFolder({ home, name, io }: CommandContext, { set, from }: RestoreCommandOptions): string {
  if (set.includes("/")) return resolve(io.cwd, set);
  return setFolder(join(clusterPaths(home, from ?? name).dir, "snapshots"), set);
}

function describe(plan: RestorePlan): string {
  return `${plan.keys} keys (${formatBytes(plan.bytes)}) of ${plan.set}, taken at ${plan.takenAt} from ${plan.from}, into ${plan.shards} shards of ${plan.to}`;
}

/** Brings a set of snapshots into an empty cluster; without `--execute` it says what it would do. */
export async function run(context: CommandContext, options: RestoreCommandOptions): Promise<ExitCode> {
  const { home, name, io, recorder, signal } = context;
  const { platform, password } = openLocal(context);
  const pods = await platform.pods();
  let told = Number.NEGATIVE_INFINITY;
  const restore: RestoreOptions = {
    snapshots: readSet(findFolder(context, options)),
    nodes: pods.filter(({ address }) => address !== "").map(({ address, port }) => ({ address, port })),
    password,
    resolve: (template) => resolveEngine(template, { env: io.env, signal }),
    trialsDir: clusterPaths(home, name).trialsDir,
    notify: (message) => {
      if (performance.now() - told < PROGRESS_EVERY_MS) return;
      told = performance.now();
      recorder.emit("NOTICE", message, { topic: "restore" });
    },
    signal,
  };
  if (!options.execute) {
    const plan = await planRestore(restore);
    const text = `would restore ${describe(plan)}\nNothing was changed. Run it: the same command with --execute\n`;
    context.printResult(text, { result: "planned", ...plan });
    return EXIT.done;
  }
  const result = await restoreSet(restore);
  const late = result.expired === 0 ? "" : `; ${result.expired} more had expired`;
  const functions = result.functions === 0 ? "" : `; ${result.functions} libraries of functions`;
  const text = `restored ${describe(result)}: the cluster got ${result.restored} keys${late}${functions}\n`;
  context.printResult(text, { result: "restored", ...result });
  return EXIT.done;
}
