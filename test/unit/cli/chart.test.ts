import { writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { makeFolder } from "./make-folder.js";
import { runCli } from "./run-cli.js";

const FIXTURE = resolve("test/fixtures/values/bitnami-redis-cluster.yaml");

describe("evenkeel chart convert", () => {
  it("prints a values file, and waits for a person where something is to be decided", async () => {
    const { code, stdout, stderr } = await runCli(["chart", "convert", FIXTURE, "--from-release", "shop"]);
    expect(code).toBe(6);
    expect(parse(stdout, { version: "1.1" })).toMatchObject({
      shards: 4,
      auth: { existingSecret: "shop-redis-cluster" },
    });
    expect(stdout.split("\n")[0]).toBe("# To decide: no counterpart");
    expect(stderr).toContain("7 of the settings need a decision");
    expect(stdout + stderr).not.toContain("battery staple");
  });

  it("ends with 0 when all is said, and tells machines what became of each setting", async () => {
    const file = join(makeFolder(), "values.yaml");
    writeFileSync(file, "cluster: {nodes: 6, replicas: 1}\nvolumePermissions: {enabled: true}\n");
    const { code, stdout } = await runCli(["chart", "convert", file, "--output", "json"]);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      result: "converted",
      values: { shards: 3, replicas: 1 },
      mapped: expect.arrayContaining([expect.objectContaining({ from: "cluster.nodes", to: "shards" })]),
      notNeeded: [expect.objectContaining({ from: "volumePermissions" })],
      noCounterpart: [],
      unknown: [],
    });
  });

  it("says what is wrong with a file that is no values file, or not there", async () => {
    const file = join(makeFolder(), "values.yaml");
    writeFileSync(file, "- a list\n");
    const list = await runCli(["chart", "convert", file]);
    expect(list).toMatchObject({ code: 2, stderr: expect.stringContaining("helm get values") });
    const nobody = await runCli(["chart", "convert", "nobody.yaml"]);
    expect(nobody).toMatchObject({ code: 2, stderr: expect.stringContaining("nobody.yaml cannot be read") });
  });
});
