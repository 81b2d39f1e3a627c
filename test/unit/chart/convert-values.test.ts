import { readFileSync } from "node:fs";
import { parse } from "yaml";
import { beforeAll, describe, expect, it } from "vitest";
import { BITNAMI_GROUPS } from "../../../src/chart/bitnami-groups.js";
import { BITNAMI_RULES } from "../../../src/chart/bitnami-rules.js";
import { type Conversion, convertBitnamiValues } from "../../../src/chart/convert-values.js";
import type { Values } from "../../../src/chart/conversion.js";
import { parseValues } from "../../../src/chart/parse-values.js";
import { renderConversion } from "../../../src/chart/render-conversion.js";

const FILE = "test/fixtures/values/bitnami-redis-cluster.yaml";
const text = readFileSync(FILE, "utf8");

const convert = (values: Values, release = "redis"): Conversion => convertBitnamiValues(values, { release });

describe("a values file of Bitnami's chart as a team has it", () => {
  let conversion: Conversion;
  beforeAll(() => {
    conversion = convert(parseValues(text, FILE), "shop");
  });

  it("becomes values of this chart", () => {
    expect(conversion.values).toEqual({
      image: { repository: "redis", tag: "7.2.5", registry: "registry.example.com", pullPolicy: "IfNotPresent" },
      agent: { image: { registry: "registry.example.com" } },
      imagePullSecrets: ["registry-key"],
      commonLabels: { team: "payments" },
      shards: 4,
      replicas: 2,
      auth: { enabled: true, existingSecret: "shop-redis-cluster", key: "redis-password" },
      tls: { enabled: true, existingSecret: "redis-tls", authClients: false },
      config: {
        appendonly: "yes",
        maxmemory: "3gb",
        "maxmemory-policy": "allkeys-lru",
        save: ["900 1", "300 10"],
        "client-output-buffer-limit": "replica 512mb 128mb 60",
      },
      resources: { requests: { cpu: "1.0", memory: "2048Mi" }, limits: { cpu: "1.5", memory: "3072Mi" } },
      topologySpread: { hosts: { whenUnsatisfiable: "DoNotSchedule" } },
      affinity: {
        nodeAffinity: {
          requiredDuringSchedulingIgnoredDuringExecution: {
            nodeSelectorTerms: [{ matchExpressions: [{ key: "node-group", operator: "In", values: ["memory"] }] }],
          },
        },
      },
      networkPolicy: {
        enabled: true,
        clients: {
          allowAll: false,
          from: [
            {
              namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "shop" } },
              podSelector: { matchLabels: { app: "basket" } },
            },
          ],
        },
      },
      podDisruptionBudget: { enabled: true, maxUnavailable: 1 },
      persistence: { storageClass: "gp3", size: "20Gi" },
      service: { annotations: { "example.com/owner": "payments" } },
      tolerations: [{ key: "memory", operator: "Exists", effect: "NoSchedule" }],
      priorityClass: { name: "payments-critical" },
      podAnnotations: { "example.com/scrape": "true" },
      metrics: {
        serviceMonitor: { enabled: true, interval: "30s", labels: { release: "prometheus" } },
        prometheusRule: { enabled: true },
      },
    });
  });

  it("names what a person has to decide", () => {
    expect(conversion.noCounterpart.map(({ from }) => from).toSorted()).toEqual([
      "metrics.extraArgs",
      "metrics.prometheusRule.rules",
      "password",
      "podSecurityContext.sysctls",
      "redis.lifecycleHooks",
      "tls.certKeyFilename",
    ]);
    expect(conversion.unknown).toEqual([{ kind: "unknown", from: "slaveCount" }]);
  });

  it("says why a setting is not needed any more", () => {
    const reasons = new Map(conversion.notNeeded.map(({ from, reason }) => [from, reason]));
    expect(reasons.get("redis.configmap: cluster-node-timeout")).toBe("value nodeTimeoutMs");
    expect(reasons.get("volumePermissions")).toContain("fsGroup");
    expect(reasons.get("cluster.init")).toContain("agents");
    expect([...reasons.keys()]).not.toContain("sysctlImage");
  });

  it("tells no password, in whatever form", () => {
    expect(JSON.stringify(conversion)).not.toContain("battery");
    expect(renderConversion(conversion)).not.toContain("battery");
  });

  it("prints a values file whose comments say the rest", () => {
    const printed = renderConversion(conversion);
    expect(parse(printed, { version: "1.1" })).toEqual(conversion.values);
    expect(printed).toContain("#   slaveCount");
    expect(printed).toContain("cluster.nodes -> shards: 4");
  });
});

describe("the conversion", () => {
  it("finds nothing to decide in a file that says nothing", () => {
    const { noCounterpart, unknown, values } = convert({ redis: { command: [] }, metrics: { enabled: false } });
    expect({ noCounterpart, unknown }).toEqual({ noCounterpart: [], unknown: [] });
    // What that chart does by itself: six nodes, and a password from the Secret that it makes.
    expect(values).toEqual({
      shards: 3,
      replicas: 1,
      auth: { enabled: true, existingSecret: "redis-redis-cluster", key: "redis-password" },
    });
  });

  it("reads the chart for Valkey, whose section has another name", () => {
    const { values, unknown } = convert({
      image: { repository: "bitnamilegacy/valkey-cluster", tag: "8.1.3-debian-12-r3" },
      valkey: { nodeSelector: { disk: "ssd" }, useAOFPersistence: "no" },
    });
    expect(values).toMatchObject({
      engine: "valkey",
      image: { repository: "valkey/valkey", tag: "8.1.3" },
      nodeSelector: { disk: "ssd" },
      config: { appendonly: "no" },
    });
    expect(unknown).toEqual([]);
  });

  it("keeps the Secret that is named, and the release's name where it holds the chart's", () => {
    expect(convert({ existingSecret: "mine", existingSecretPasswordKey: "pw" }).values["auth"]).toEqual({
      enabled: true,
      existingSecret: "mine",
      key: "pw",
    });
    expect(convert({}, "my-redis-cluster").values["auth"]).toMatchObject({ existingSecret: "my-redis-cluster" });
    expect(convert({ usePassword: false }).values["auth"]).toEqual({ enabled: false });
  });

  it("does not guess shards out of a number of nodes that does not fit", () => {
    const { values, noCounterpart } = convert({ cluster: { nodes: 7, replicas: 1 } });
    expect(values).not.toHaveProperty("shards");
    expect(noCounterpart[0]?.reason).toContain("7 nodes are not a multiple");
  });

  it("asks about volumes that are switched off, and not about those that are on", () => {
    expect(convert({ persistence: { enabled: false } }).noCounterpart).toHaveLength(1);
    expect(convert({ persistence: { enabled: true } }).noCounterpart).toEqual([]);
    expect(convert({ service: { type: "LoadBalancer" } }).noCounterpart).toHaveLength(1);
  });

  it("names a misspelled setting by its whole path", () => {
    expect(
      convert({ redis: { nodeSelectr: { a: "b" } }, metrics: { serviceMonitor: { enabld: true } } }).unknown,
    ).toEqual([
      { kind: "unknown", from: "redis.nodeSelectr" },
      { kind: "unknown", from: "metrics.serviceMonitor.enabld" },
    ]);
  });
});

describe("the table", () => {
  it("has one line for each setting", () => {
    const all = [...BITNAMI_RULES.map(({ from }) => from), ...BITNAMI_GROUPS.flatMap(({ consumes }) => consumes)];
    expect(all.filter((from, i) => all.indexOf(from) !== i)).toEqual([]);
  });

  it("leads only to values that the chart has", () => {
    const ours = parse(readFileSync("redis-cluster/values.yaml", "utf8")) as Values;
    const has = (path: string): boolean => {
      let at: unknown = ours;
      for (const key of path.split(".")) {
        if (typeof at !== "object" || at === null || !(key in at)) return false;
        at = (at as Values)[key];
      }
      return true;
    };
    const targets = BITNAMI_RULES.flatMap((rule) => ("to" in rule ? [rule.to] : []));
    const grouped = convert(parseValues(text, FILE)).mapped.map(({ to }) => to.replace(/^config\..*$/u, "config"));
    expect([...new Set([...targets, ...grouped])].filter((to) => !has(to))).toEqual([]);
  });
});

describe("a file that is no values file", () => {
  it.each([
    ["a: [1", "no values file"],
    ["", "holds no settings"],
    ["- a\n- b\n", "holds no settings"],
  ])("is refused with the reason: %j", (broken, reason) => {
    expect(() => parseValues(broken, "values.yaml")).toThrow(reason);
  });

  it("is read also as helm get values prints it", () => {
    expect(parseValues("USER-SUPPLIED VALUES:\ncluster:\n  nodes: 6\n", "-")).toEqual({ cluster: { nodes: 6 } });
  });
});
