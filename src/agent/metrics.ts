import type { View } from "../cluster/types.js";
import type { AgentStatus } from "./status.js";

interface Metric {
  readonly name: string;
  readonly help: string;
  readonly type: "gauge" | "counter";
  readonly value: number;
  readonly labels?: Readonly<Record<string, string>>;
}

const line = ({ name, labels, value }: Metric): string => {
  const pairs = Object.entries(labels ?? {}).map(([key, text]) => `${key}=${JSON.stringify(text)}`);
  return `evenkeel_${name}${pairs.length > 0 ? `{${pairs.join(",")}}` : ""} ${value}`;
};

/** Prometheus text of one agent. Times in seconds, sizes in bytes, as that format asks. */
export function renderMetrics(
  status: AgentStatus,
  view: View | undefined,
  counters: { readonly handovers: number; readonly handoverFailures: number },
): string {
  const gauge = (name: string, help: string, value: number, labels?: Record<string, string>): Metric => ({
    name,
    help,
    type: "gauge",
    value,
    ...(labels ? { labels } : {}),
  });
  const counter = (name: string, help: string, value: number): Metric => ({ name, help, type: "counter", value });
  const metrics: Metric[] = [
    gauge("ready", "1 when the pod is ready", status.ready.ready ? 1 : 0),
    gauge("agent_uptime_seconds", "Age of the agent process", status.agentUptimeMs / 1000),
    gauge("agent_resident_bytes", "Resident memory of the agent", process.memoryUsage.rss()),
    gauge("server_up", "1 when the server answers", view ? 1 : 0),
    counter("handovers_total", "Hand-overs that were proven", counters.handovers),
    counter("handover_failures_total", "Hand-overs that failed or were impossible", counters.handoverFailures),
  ];
  if (view) {
    const { server, cluster } = view;
    metrics.push(
      gauge("info", "What the pod runs", 1, { engine: server.engine, version: server.version, role: server.role }),
      gauge("cluster_ok", "1 when this node calls the cluster ok", cluster.state === "ok" ? 1 : 0),
      gauge("cluster_slots_ok", "Slots that are served, as this node sees it", cluster.slotsOk),
      gauge("cluster_known_nodes", "Nodes that this node knows", cluster.knownNodes),
      gauge("keys", "Keys held", server.keys),
      gauge("replication_offset_bytes", "Replication offset", server.replicationOffset),
      gauge(
        "replication_link_up",
        "1 when the link to the primary is up, or the node is a primary",
        server.primaryLinkUp === false ? 0 : 1,
      ),
      counter("moved_total", "MOVED answers since the server started", server.errors["MOVED"] ?? 0),
      counter("sync_full_total", "Full syncs served", server.syncFull),
      counter("sync_partial_total", "Partial syncs served", server.syncPartialOk),
    );
  }
  return `${metrics.map((metric) => `# HELP evenkeel_${metric.name} ${metric.help}\n# TYPE evenkeel_${metric.name} ${metric.type}\n${line(metric)}`).join("\n")}\n`;
}
