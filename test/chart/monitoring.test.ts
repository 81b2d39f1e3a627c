// oxlint-disable vitest/valid-expect -- the second argument names the object that a loop was at
import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, it } from "vitest";
import { renderMetrics } from "../../src/agent/metrics.js";
import type { AgentStatus } from "../../src/agent/status.js";
import type { View } from "../../src/cluster/types.js";
import { CHART, type Manifest, ofKind, only, render } from "./support/render.js";

/*
 * The Prometheus Operator's CRDs are not on the test cluster: what they require is checked here, field by field.
 */

interface Sample {
  readonly labels: readonly string[];
}

/** Names and labels that an agent really answers with. */
function agentMetrics(): ReadonlyMap<string, Sample> {
  const status = { ready: { ready: true }, agentUptimeMs: 1 } as unknown as AgentStatus;
  const view = {
    server: { engine: "redis", version: "8.0", role: "primary", errors: {} },
    cluster: { state: "ok" },
  } as unknown as View;
  const text = renderMetrics(status, view, { handovers: 0, handoverFailures: 0 });
  return new Map(
    [...text.matchAll(/^(evenkeel_\w+)(?:\{(.*)\})? /gmu)].map(([, name = "", labels = ""]) => [
      name,
      { labels: [...labels.matchAll(/(\w+)=/gu)].map(([, label = ""]) => label) },
    ]),
  );
}

/** Labels that a scrape by the ServiceMonitor adds. */
const SCRAPE_LABELS = ["namespace", "service", "pod", "job"];

function unknownParts(expression: string, known: ReadonlyMap<string, Sample>): readonly string[] {
  const used = [...expression.matchAll(/(evenkeel_\w+)(?:\{([^}]*)\})?/gu)];
  return used.flatMap(([, name = "", matchers = ""]) => {
    const sample = known.get(name);
    if (sample === undefined) return [name];
    return [...matchers.matchAll(/(\w+)\s*(?:=~|!~|!=|=)/gu)]
      .map(([, label = ""]) => label)
      .filter((label) => !SCRAPE_LABELS.includes(label) && !sample.labels.includes(label))
      .map((label) => `${name}{${label}}`);
  });
}

const known = agentMetrics();
const DURATION = /^(?:0|(?:\d+h)?(?:\d+m)?(?:\d+s)?(?:\d+ms)?)$/u;

it("knows the agents' metrics", () => {
  expect([...known.keys()]).toContain("evenkeel_info");
  expect(known.get("evenkeel_info")?.labels).toEqual(["engine", "version", "role"]);
});

describe("the service monitor", () => {
  let manifests: readonly Manifest[];
  beforeAll(async () => {
    manifests = await render({
      metrics: { serviceMonitor: { enabled: true, namespace: "monitoring", labels: { a: "b" } } },
    });
  });

  it("has the fields that its CRD requires, and finds exactly one service", () => {
    const { spec, metadata } = only(manifests, "ServiceMonitor");
    expect(metadata).toMatchObject({ namespace: "monitoring", labels: { a: "b" } });
    expect(spec.namespaceSelector).toEqual({ matchNames: ["apps"] });
    const selected = ofKind(manifests, "Service").filter((service) =>
      Object.entries(spec.selector.matchLabels).every(([key, value]) => service.metadata.labels?.[key] === value),
    );
    expect(selected.map((service) => service.metadata.name)).toEqual(["shop-metrics"]);
    const [endpoint] = spec.endpoints;
    expect(endpoint).toMatchObject({ path: "/metrics" });
    expect(endpoint.interval).toMatch(DURATION);
    expect(selected[0]?.spec.ports.map(({ name }: { name: string }) => name)).toContain(endpoint.port);
  });

  it("sees pods that are not ready too", () => {
    expect(only(manifests, "Service", "shop-metrics").spec).toMatchObject({
      clusterIP: "None",
      publishNotReadyAddresses: true,
    });
  });

  it("is absent until it is asked for", async () => {
    const plain = await render();
    for (const kind of ["ServiceMonitor", "PrometheusRule"]) expect(ofKind(plain, kind)).toEqual([]);
    expect(ofKind(plain, "ConfigMap").map(({ metadata }) => metadata.name)).not.toContain("shop-dashboard");
  });
});

interface Alert {
  readonly alert: string;
  readonly expr: string;
  readonly for: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

describe("the alerts", () => {
  const alerts = async (values: Readonly<Record<string, unknown>> = {}): Promise<readonly Alert[]> => {
    const manifests = await render({
      ...values,
      metrics: { prometheusRule: { enabled: true } },
    });
    return only(manifests, "PrometheusRule").spec.groups[0].rules;
  };

  it("have the fields that the CRD requires", async () => {
    const { spec } = only(await render({ metrics: { prometheusRule: { enabled: true } } }), "PrometheusRule");
    expect(spec.groups[0].name).toBe("shop.apps");
    for (const { alert, expr, for: wait, labels, annotations } of await alerts()) {
      expect(alert).toMatch(/^RedisCluster[A-Za-z]+$/u);
      expect(expr.length).toBeGreaterThan(10);
      expect(wait).toMatch(DURATION);
      expect(["critical", "warning"]).toContain(labels["severity"]);
      expect(annotations["summary"]).not.toBe("");
      expect(annotations["description"]).not.toBe("");
    }
  });

  it("ask only for metrics and labels that agents have, of this release alone", async () => {
    for (const { alert, expr } of await alerts()) {
      expect(unknownParts(expr, known), alert).toEqual([]);
      for (const [, matchers = ""] of expr.matchAll(/evenkeel_\w+(?:\{([^}]*)\})?/gu))
        expect(matchers, alert).toContain('namespace="apps",service="shop-metrics"');
    }
  });

  it("count with the release's own size", async () => {
    const byName = new Map(
      (await alerts({ shards: 4, replicas: 2, surge: [{ follow: "shop-0" }] })).map((one) => [one.alert, one.expr]),
    );
    expect(byName.get("RedisClusterPodMissing")).toMatch(/< 13$/u);
    expect(byName.get("RedisClusterShardWithoutRedundancy")).toMatch(/< 9$/u);
    expect(byName.get("RedisClusterPrimaryMissing")).toMatch(/< 4$/u);
  });

  it("ask for no replicas where there are none", async () => {
    expect((await alerts({ replicas: 0 })).map(({ alert }) => alert)).not.toContain(
      "RedisClusterShardWithoutRedundancy",
    );
  });
});

it("alerts can be left out and added", async () => {
  const manifests = await render({
    metrics: {
      prometheusRule: {
        enabled: true,
        disabled: ["RedisClusterFullSyncs"],
        extraRules: [{ alert: "Mine", expr: "evenkeel_keys > 5" }],
      },
    },
  });
  const names = only(manifests, "PrometheusRule").spec.groups[0].rules.map(({ alert }: Alert) => alert);
  expect(names).not.toContain("RedisClusterFullSyncs");
  expect(names).toContain("Mine");
});

describe("the dashboard", () => {
  interface Panel {
    readonly id: number;
    readonly title: string;
    readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
    readonly targets: readonly { readonly expr: string }[];
  }
  const dashboard = JSON.parse(readFileSync(`${CHART}/dashboards/redis-cluster.json`, "utf8")) as {
    readonly panels: readonly Panel[];
    readonly annotations: { readonly list: readonly { readonly expr: string }[] };
    readonly templating: { readonly list: readonly { readonly name: string; readonly definition?: string }[] };
  };

  it("arrives unchanged, with the label that Grafana's sidecar looks for", async () => {
    const config = only(await render({ metrics: { dashboard: { enabled: true } } }), "ConfigMap", "shop-dashboard");
    expect(config.metadata.labels).toMatchObject({ grafana_dashboard: "1" });
    expect(JSON.parse(config["data"]["redis-cluster.json"])).toEqual(dashboard);
  });

  it("asks only for metrics, labels and variables that exist", () => {
    const variables = dashboard.templating.list.map(({ name }) => name);
    const expressions = [
      ...dashboard.panels.flatMap(({ targets }) => targets.map(({ expr }) => expr)),
      ...dashboard.annotations.list.map(({ expr }) => expr),
    ];
    for (const expression of expressions) {
      expect(unknownParts(expression, known), expression).toEqual([]);
      const used = [...expression.matchAll(/\$(\w+)/gu)].map(([, name = ""]) => name);
      expect([...variables, "__rate_interval"]).toEqual(expect.arrayContaining(used));
    }
    for (const { definition } of dashboard.templating.list)
      if (definition) expect(unknownParts(definition, known)).toEqual([]);
  });

  it("has panels that do not overlap", () => {
    const { panels } = dashboard;
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    for (const [i, { gridPos: a, title }] of panels.entries())
      for (const { gridPos: b, title: other } of panels.slice(i + 1)) {
        const apart = a.x + a.w <= b.x || b.x + b.w <= a.x || a.y + a.h <= b.y || b.y + b.h <= a.y;
        expect(apart, `${title} / ${other}`).toBe(true);
      }
  });
});
