import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { decodeRelease, type StoredChart } from "../../../src/platforms/kubernetes/helm/release-record.js";
import { writeChart } from "../../../src/platforms/kubernetes/helm/write-chart.js";

const base64 = (text: string): string => Buffer.from(text).toString("base64");
const CHART: StoredChart = {
  metadata: { name: "redis-cluster", version: "0.1.0", apiVersion: "v2" },
  templates: [{ name: "templates/statefulset.yaml", data: base64("kind: StatefulSet\n") }],
  files: [{ name: "files/agent.mjs", data: base64("run();\n") }],
  values: { shards: 3 },
  schema: base64('{"type":"object"}'),
};

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "evenkeel-chart-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe("Helm's record of a release", () => {
  it("is read as Helm and the API encode it", () => {
    const record = { name: "rc", version: 2, info: { status: "deployed" }, chart: CHART, config: { shards: 5 } };
    const inner = gzipSync(JSON.stringify(record)).toString("base64");
    expect(decodeRelease(base64(inner))).toEqual(record);
  });

  it("gives the chart back as a folder", () => {
    writeChart(join(folder, "chart"), CHART);
    const read = (name: string): string => readFileSync(join(folder, "chart", name), "utf8");
    expect(JSON.parse(read("Chart.yaml"))).toEqual(CHART.metadata);
    expect(JSON.parse(read("values.yaml"))).toEqual({ shards: 3 });
    expect(read("values.schema.json")).toBe('{"type":"object"}');
    expect(read("templates/statefulset.yaml")).toBe("kind: StatefulSet\n");
    expect(read("files/agent.mjs")).toBe("run();\n");
  });

  it("writes nothing outside the folder, whatever a file in it is called", () => {
    const files = [{ name: "../stray.txt", data: base64("x") }];
    expect(() => writeChart(join(folder, "chart"), { ...CHART, files })).toThrow(/a file called \.\.\/stray\.txt/);
    expect(existsSync(join(folder, "stray.txt"))).toBe(false);
  });

  it("is refused where the chart has sub-charts, which Helm does not keep", () => {
    const metadata = { ...CHART.metadata, dependencies: [{ name: "common" }] };
    expect(() => writeChart(join(folder, "chart"), { ...CHART, metadata })).toThrow(/sub-charts/);
  });
});
