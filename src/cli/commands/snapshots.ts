import { formatEngine } from "../../cluster/engines.js";
import { formatSlots } from "../../cluster/slots.js";
import { EXIT, type ExitCode } from "../../errors/evenkeel-error.js";
import { formatBytes } from "../../hosts/format-quantity.js";
import type { Snapshot } from "../../ports/platform.js";
import type { CommandContext } from "../context.js";
import { openCluster } from "../open-cluster.js";
import { renderTable } from "../table.js";

function render(cluster: string, snapshots: readonly Snapshot[]): string {
  if (snapshots.length === 0) return `cluster ${cluster} has no snapshots; an upgrade takes them\n`;
  const rows = snapshots.map(({ set, shard, slots, template, takenAt, keys, bytes, place }) => [
    set,
    String(shard),
    formatSlots(slots),
    formatEngine(template),
    takenAt,
    String(keys),
    formatBytes(bytes),
    place,
  ]);
  const columns = [
    { title: "set" },
    { title: "shard", align: "right" as const },
    { title: "slots" },
    { title: "engine" },
    { title: "taken at" },
    { title: "keys", align: "right" as const },
    { title: "size", align: "right" as const },
    { title: "file" },
  ];
  return `${renderTable(columns, rows).join("\n")}\n`;
}

/** Lists the snapshots of the cluster, oldest first. */
export async function run(context: CommandContext): Promise<ExitCode> {
  const { name, platform } = await openCluster(context);
  const snapshots = await platform.snapshots();
  context.printResult(render(name, snapshots), { cluster: name, snapshots });
  return EXIT.done;
}
