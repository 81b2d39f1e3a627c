import { existsSync } from "node:fs";
import { EXIT, type ExitCode } from "../../errors/evenkeel-error.js";
import { downCluster } from "../../platforms/local/down-cluster.js";
import { clusterPaths } from "../../platforms/local/state-paths.js";
import type { CommandContext } from "../context.js";

export interface DownOptions {
  readonly purge: boolean;
}

function describe(name: string, existed: boolean, stopped: number, purged: boolean): string {
  if (!existed) return `there is no cluster ${name}; nothing to do\n`;
  const did = stopped === 0 ? "was stopped already" : `stopped, ${stopped} pods`;
  return `cluster ${name} ${did}; ${purged ? "its data is removed" : "its data stays (--purge removes it)"}\n`;
}

/** Stops the local cluster; what is not there is no error. */
export async function run(context: CommandContext, { purge }: DownOptions): Promise<ExitCode> {
  const { home, name, recorder, signal } = context;
  const existed = existsSync(clusterPaths(home, name).dir);
  const { stopped, purged } = await downCluster({
    home,
    name,
    purge,
    signal,
    notify: (message) => recorder.emit("NOTICE", message, { topic: "down" }),
  });
  const text = describe(name, existed, stopped, purged);
  recorder.emit("CLUSTER_STOPPED", text.trim(), { pods: stopped, purged });
  context.printResult(text, { result: "done", cluster: name, existed, stopped, purged });
  return EXIT.done;
}
