import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { RULES } from "../../../../src/infra/policy/judge-plan.js";
import { describeKeys } from "../../../../src/infra/environment/describe-keys.js";

test("every key says what it is for", () => {
  const silent = describeKeys().filter(({ description }) => description === "");
  expect(silent).toEqual([]);
});

test("docs/infra.md lists every rule of the policy", () => {
  const page = readFileSync("docs/infra.md", "utf8").replaceAll(/ +/gu, " ");
  const rows = RULES.map(({ id, severity, title }) => `| \`${id}\` | ${severity} | ${title} |`);
  expect(rows.filter((row) => !page.includes(row.replaceAll(/ +/gu, " ")))).toEqual([]);
});

test("docs/infra.md lists every key in the schema's own words", () => {
  // The formatter pads the columns.
  const page = readFileSync("docs/infra.md", "utf8").replaceAll(/ +/gu, " ");
  const rows = describeKeys().map(({ key, description, default: fallback, required }) => {
    const value = required ? "required" : fallback === undefined ? "" : `\`${fallback}\``;
    return `| \`${key}\` | ${value} | ${description} |`;
  });
  expect(rows.filter((row) => !page.includes(row.replaceAll(/ +/gu, " ")))).toEqual([]);
});
