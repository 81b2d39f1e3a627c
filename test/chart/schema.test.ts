import { readFileSync } from "node:fs";
import { parse } from "yaml";
import { describe, expect, it } from "vitest";
import { readValues } from "../../scripts/read-values.mjs";
import { helm3, helm4 } from "../support/helm.js";
import { CHART, type ChartValues, template } from "./support/render.js";

interface Schema {
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: unknown;
  readonly enum?: readonly unknown[];
}

const schema = JSON.parse(readFileSync(`${CHART}/values.schema.json`, "utf8")) as Schema;
const text = readFileSync(`${CHART}/values.yaml`, "utf8");
const values = parse(text) as ChartValues;

/** Paths of the schema whose keys are fixed, down to what a user sets. */
function schemaPaths(node: Schema, path: readonly string[] = []): string[] {
  if (node.additionalProperties !== false) return [path.join(".")];
  return Object.entries(node.properties ?? {}).flatMap(([key, inner]) => schemaPaths(inner, [...path, key]));
}

/** Paths of the values, as deep as the schema fixes the keys. */
function valuePaths(value: unknown, node: Schema | undefined, path: readonly string[] = []): string[] {
  if (node !== undefined && node.additionalProperties !== false) return [path.join(".")];
  if (typeof value !== "object" || value === null || Array.isArray(value)) return [path.join(".")];
  return Object.entries(value).flatMap(([key, inner]) => valuePaths(inner, node?.properties?.[key], [...path, key]));
}

/** Parts of Kubernetes' own objects: their keys are checked, but none is set. */
const isPart = (path: string): boolean => /(?:(?:^|\.)resources|^affinity)(?:\.|$)/u.test(path);

describe("schema and values", () => {
  it("know the same values, in both directions", () => {
    const fromSchema = schemaPaths(schema).filter((path) => path !== "global" && !isPart(path));
    const fromValues = valuePaths(values, schema).filter((path) => !isPart(path));
    expect(fromValues.toSorted()).toEqual(fromSchema.toSorted());
  });

  it("say of every value what it does", () => {
    const described = readValues(text).map(({ path }) => path.join("."));
    const undescribed = valuePaths(values, schema)
      .filter((path) => !isPart(path))
      .filter((path) => !described.some((known) => path === known || path.startsWith(`${known}.`)));
    expect(undescribed).toEqual([]);
    expect(readValues(text).filter(({ section }) => section === "")).toEqual([]);
  });
});

const MISTAKES: readonly (readonly [string, ChartValues, string])[] = [
  ["a misspelled value", { shardz: 3 }, "shardz"],
  ["a misspelled value below another", { persistence: { siz: "1Gi" } }, "siz"],
  ["a word for a number", { shards: "three" }, "shards"],
  ["too few shards", { shards: 2 }, "shards"],
  ["an engine that nobody knows", { engine: "redis@8" }, "engine"],
  ["an update strategy of a Deployment", { updateStrategy: "Recreate" }, "updateStrategy"],
  ["a size without a unit that exists", { persistence: { size: "8GB" } }, "size"],
  ["a policy that the server does not have", { config: { "maxmemory-policy": "lru" } }, "maxmemory-policy"],
  ["a directive in another case", { config: { MaxMemory: "1gb" } }, "MaxMemory"],
  ["a range that is none", { networkPolicy: { agents: { ipBlocks: ["10.0.0.0"] } } }, "ipBlocks"],
  ["a label that is no text", { commonLabels: { release: 3 } }, "release"],
  [
    "a label that selectors use",
    { podLabels: { "app.kubernetes.io/instance": "other" } },
    "app.kubernetes.io/instance",
  ],
  ["a pull secret as a map", { imagePullSecrets: [{ name: "key" }] }, "imagePullSecrets"],
  ["a grace period that no hand-over fits in", { terminationGracePeriodSeconds: 5 }, "terminationGracePeriodSeconds"],
  ["a name that leaves no room for pods", { fullnameOverride: "a".repeat(53) }, "fullnameOverride"],
  ["an option of another object", { topologySpread: { zones: { whenUnsatisfiable: "Never" } } }, "whenUnsatisfiable"],
  // Values that belong together.
  ["TLS without a certificate", { tls: { enabled: true } }, "tls.existingSecret"],
  ["a password from nowhere", { auth: { enabled: true } }, "auth.existingSecret"],
  ["a certificate without an issuer", { tls: { enabled: true, certManager: { enabled: true } } }, "issuerRef.name"],
  ["a port of one's own", { config: { port: 7000 } }, "config.port"],
  ["a password in plain sight", { config: { requirepass: "hunter2" } }, "config.requirepass"],
  ["a secret in the environment", { extraEnv: [{ name: "MY_TOKEN", value: "x" }] }, "MY_TOKEN"],
  ["a surge pod that follows a stranger", { surge: [{ follow: "other-1" }] }, "surge[0].follow"],
  ["a surge pod that follows a surge pod", { surge: [{ follow: "shop-6" }] }, "surge[0].follow"],
  ["a tag without a version", { image: { tag: "latest" } }, "`version`"],
];

describe.each([
  ["Helm 3", helm3],
  ["Helm 4", helm4],
])("%s refuses, and names the value", (_version, helm) => {
  it.each(MISTAKES)("%s", async (_what, mistake, name) => {
    const { ok, text: complaint } = await template(mistake, { helm: await helm() });
    expect(ok).toBe(false);
    expect(complaint).toContain(name);
    expect(complaint).not.toContain("hunter2");
  });
});

it("takes values of a parent chart", async () => {
  expect((await template({ global: { anything: true } })).ok).toBe(true);
});
