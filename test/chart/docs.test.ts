// oxlint-disable vitest/valid-expect -- the second argument names the object that a loop was at
import { readFileSync } from "node:fs";
import { execa } from "execa";
import { parse } from "yaml";
import { expect, it } from "vitest";
import { readValues } from "../../scripts/read-values.mjs";
import { CHART } from "./support/render.js";

it("README, schema and mapping are made from the present values", async () => {
  const { exitCode, stderr } = await execa(process.execPath, ["scripts/chart-docs.mjs", "--check"], { reject: false });
  expect(stderr).toBe("");
  expect(exitCode).toBe(0);
});

it("the README lists every value once", () => {
  const readme = readFileSync(`${CHART}/README.md`, "utf8");
  for (const { path } of readValues(readFileSync(`${CHART}/values.yaml`, "utf8")))
    expect(readme.split(`| \`${path.join(".")}\` `).length - 1, path.join(".")).toBe(1);
});

it("the chart has the version of the package", () => {
  const chart = parse(readFileSync(`${CHART}/Chart.yaml`, "utf8")) as { version: string; appVersion: string };
  const { version } = JSON.parse(readFileSync("package.json", "utf8")) as { version: string };
  expect(chart).toMatchObject({ version, appVersion: version });
});
