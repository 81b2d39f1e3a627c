import { setTimeout as delay } from "node:timers/promises";
import { EXIT, type ExitCode } from "../../errors/evenkeel-error.js";
import type { CommandContext } from "../context.js";
import { type OpenCluster, openCluster, readStatus } from "../open-cluster.js";
import { renderStatus } from "../render-status.js";

export interface StatusOptions {
  readonly watch: boolean;
}

const WATCH_MS = 1000;
/** Cursor home and everything below erased: the screen does not flicker, what was there before stays above. */
const REDRAW = "\u001B[H\u001B[2J";

async function watch(context: CommandContext, cluster: OpenCluster): Promise<void> {
  const { signal, io, color, output } = context;
  const clear = io.stdout.isTTY === true && output === "text" ? REDRAW : "";
  while (!signal.aborted) {
    const report = await readStatus(cluster);
    // For machines: one object a line.
    const text = output === "json" ? `${JSON.stringify(report)}\n` : `${renderStatus(report, { color })}\n`;
    if (!context.write(clear + text)) return;
    await delay(WATCH_MS, undefined, { signal }).catch(() => undefined);
  }
}

/** Shows the cluster on one screen; with `--watch` every second until Ctrl-C. */
export async function run(context: CommandContext, options: StatusOptions): Promise<ExitCode> {
  const cluster = await openCluster(context);
  if (options.watch) {
    await watch(context, cluster);
    return EXIT.done;
  }
  const report = await readStatus(cluster);
  context.printResult(renderStatus(report, { color: context.color }), report);
  return EXIT.done;
}
