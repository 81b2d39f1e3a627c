import { EXIT, type ExitCode } from "../../errors/evenkeel-error.js";
import { formatBytes } from "../../hosts/format-quantity.js";
import { readClusterFile } from "../../platforms/local/cluster-file.js";
import { type AsideItem, listAside, removeAside } from "../../platforms/local/list-aside.js";
import { clusterPaths } from "../../platforms/local/state-paths.js";
import type { CommandContext } from "../context.js";
import { renderTable } from "../table.js";

export interface PruneOptions {
  readonly execute: boolean;
}

const KINDS: Readonly<Record<AsideItem["kind"], string>> = {
  unreadable: "data that an engine could not read",
  removed: "a pod that was removed",
};

function render(items: readonly AsideItem[], total: number, executed: boolean): string {
  if (items.length === 0) return "nothing was moved aside\n";
  const rows = items.map(({ kind, pod, path, bytes, since }) => [pod, KINDS[kind], formatBytes(bytes), since, path]);
  const columns = [
    { title: "pod" },
    { title: "what" },
    { title: "size", align: "right" as const },
    { title: "since" },
    { title: "where" },
  ];
  const table = renderTable(columns, rows).join("\n");
  const last = executed
    ? `removed ${items.length}, ${formatBytes(total)}`
    : `${formatBytes(total)} in all. Nothing was removed. Remove it: the same command with --execute`;
  return `${table}\n\n${last}\n`;
}

/** Lists what was moved aside; with `--execute` removes it. */
export async function run(context: CommandContext, { execute }: PruneOptions): Promise<ExitCode> {
  const { home, name } = context;
  readClusterFile(home, name);
  const items = listAside(clusterPaths(home, name));
  if (execute) removeAside(items);
  const bytes = items.reduce((sum, item) => sum + item.bytes, 0);
  const result = items.length === 0 ? "nothing" : execute ? "removed" : "planned";
  context.printResult(render(items, bytes, execute), { result, cluster: name, bytes, items });
  return EXIT.done;
}
