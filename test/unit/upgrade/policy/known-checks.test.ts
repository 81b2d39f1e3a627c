import { readdirSync, readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { knownChecks } from "../../../../src/upgrade/policy/known-checks.js";

const folder = new URL("../../../../src/cluster/checks/", import.meta.url);

it("every check that the sources name is known, also those that need facts of the platform", () => {
  const named = readdirSync(folder).flatMap((file) =>
    [...readFileSync(new URL(file, folder), "utf8").matchAll(/\bid: "([\w.-]+)"/g)].map((match) => match[1]),
  );
  expect(named.length).toBeGreaterThan(25);
  expect(knownChecks()).toEqual(expect.arrayContaining(named));
  expect(knownChecks()).toEqual(expect.arrayContaining(["node.reachable", "disk.room", "placement.shard"]));
});
