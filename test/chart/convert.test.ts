import { readFileSync } from "node:fs";
import { parse } from "yaml";
import { expect, it } from "vitest";
import { convertBitnamiValues } from "../../src/chart/convert-values.js";
import { parseValues } from "../../src/chart/parse-values.js";
import { renderConversion } from "../../src/chart/render-conversion.js";
import { type ChartValues, only, render } from "./support/render.js";

const FILE = "test/fixtures/values/bitnami-redis-cluster.yaml";

it("the chart takes what a Bitnami values file was converted to, as Helm reads it", async () => {
  const printed = renderConversion(
    convertBitnamiValues(parseValues(readFileSync(FILE, "utf8"), FILE), { release: "shop" }),
  );
  const manifests = await render(parse(printed, { version: "1.1" }) as ChartValues);
  const { spec } = only(manifests, "StatefulSet");
  expect(spec.replicas).toBe(12);
  expect(spec.template.spec.priorityClassName).toBe("payments-critical");
  const [server] = spec.template.spec.containers;
  expect(server.image).toBe("registry.example.com/redis:7.2.5");
  expect(server.resources.limits).toEqual({ cpu: "1.5", memory: "3072Mi" });
  const [agent] = spec.template.spec.initContainers;
  const { value: directives } = agent.env.find(({ name }: { name: string }) => name === "SERVER_CONFIG");
  for (const line of ["save 900 1", "save 300 10", "appendonly yes", "maxmemory 3gb", "maxmemory-policy allkeys-lru"])
    expect(directives.split("\n")).toContain(line);
});
