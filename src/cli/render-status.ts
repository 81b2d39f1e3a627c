import { SLOTS } from "../cluster/constants.js";
import { formatSlots } from "../cluster/slots.js";
import { formatBytes } from "../hosts/format-quantity.js";
import { createPaint, type Style } from "../hosts/paint.js";
import { groupByShard, type NodeStatus, type StatusReport } from "./status-report.js";
import { renderTable } from "./table.js";

const STATE_STYLES: Readonly<Record<StatusReport["state"], Style>> = {
  ok: "green",
  degraded: "yellow",
  fail: "red",
  unformed: "yellow",
  stopped: "dim",
};

function readiness(node: NodeStatus): string {
  if (node.ready) return "ready";
  return node.phase === "running" ? "not ready" : node.phase;
}

function renderRow(node: NodeStatus, first: boolean): readonly string[] {
  const isPrimary = node.role === "primary";
  return [
    first && node.shard !== null ? String(node.shard) : "",
    isPrimary ? formatSlots(node.slots) : "",
    node.role ?? "?",
    node.name,
    node.address === "" ? "-" : `${node.address}:${node.port}`,
    `${node.engine}@${node.version}`,
    node.lagBytes === null ? "" : formatBytes(node.lagBytes),
    node.host,
    node.zone,
    readiness(node),
  ];
}

const COLUMNS = [
  { title: "shard" },
  { title: "slots" },
  { title: "role" },
  { title: "pod" },
  { title: "address" },
  { title: "engine" },
  { title: "lag", align: "right" as const },
  { title: "host" },
  { title: "zone" },
  { title: "state" },
];

/** A cluster on one screen. */
export function renderStatus(report: StatusReport, { color }: { readonly color: boolean }): string {
  const paint = createPaint(color);
  const { cluster, state, nodes, problems, slotsCovered } = report;
  const ready = nodes.filter((node) => node.ready).length;
  const sharded = groupByShard(nodes).flatMap((shard) => shard.map((node, i) => renderRow(node, i === 0)));
  const others = nodes.filter((node) => node.shard === null).map((node) => renderRow(node, false));
  const [titles = "", ...rows] = renderTable(COLUMNS, [...sharded, ...others]);
  const counts = `${ready} of ${nodes.length} pods ready, ${slotsCovered} of ${SLOTS} slots served`;
  const lines = [
    `${paint("bold", `cluster ${cluster}`)}  ${paint(STATE_STYLES[state], state)}  ${counts}`,
    "",
    paint("dim", titles),
    ...rows,
    ...(problems.length === 0 ? [] : ["", paint("yellow", "not well:"), ...problems.map((problem) => `  ${problem}`)]),
  ];
  return `${lines.join("\n")}\n`;
}
