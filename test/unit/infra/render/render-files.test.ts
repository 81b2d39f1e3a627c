import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { renderFiles } from "../../../../src/infra/render/render-files.js";
import { parse } from "../fixtures/environment-file.js";

const texts = (lines = "", rest = ""): Readonly<Record<string, string>> =>
  Object.fromEntries(renderFiles(parse(lines, rest).file).map(({ path, text }) => [path, text]));

const tfvars = (path: string, lines = "", rest = ""): Record<string, unknown> =>
  JSON.parse(texts(lines, rest)[path] ?? "{}") as Record<string, unknown>;

/** Names of the variables that a root declares. */
const declared = (file: string): readonly string[] =>
  Array.from(readFileSync(file, "utf8").matchAll(/^variable "(\w+)"/gmu), ([, name = ""]) => name).toSorted();

test.each([
  ["infra/environments/demo", "infra/environments/demo/terraform.tfvars.json"],
  ["infra/environments/production", "infra/environments/demo/terraform.tfvars.json"],
  ["infra/bootstrap", "infra/bootstrap/terraform.tfvars.json"],
])("the variables of %s are all given, and no other", (root, path) => {
  expect(Object.keys(tfvars(path)).toSorted()).toEqual(declared(`${root}/variables.tf`));
});

test("the backend file names the bucket, both locks and the environment's own key", () => {
  expect(texts()["infra/environments/demo/demo.s3.tfbackend"]).toBe(
    [
      'bucket         = "evenkeel-state-123456789012"',
      'key            = "demo/terraform.tfstate"',
      'region         = "us-east-1"',
      "encrypt        = true",
      "use_lockfile   = true",
      'dynamodb_table = "terraform-locks"',
      "",
    ].join("\n"),
  );
});

test("GitHub's roles are given every state's key and every environment's prefix", () => {
  const github = "github: { repository: acme/platform }";
  expect(tfvars("infra/bootstrap/terraform.tfvars.json", "", github)["github"]).toMatchObject({
    repository: "acme/platform",
    state_keys: ["demo/terraform.tfstate"],
    name_prefixes: ["evenkeel-demo"],
  });
});

test("a private endpoint is told no networks", () => {
  const path = "infra/environments/demo/terraform.tfvars.json";
  expect(tfvars(path)["endpoint_public_access_cidrs"]).toEqual(["203.0.113.0/24"]);
  expect(tfvars(path, "    workload: { serverMemoryMib: 256 }")["workload_memory_mib"]).toBe(6 * (256 + 128));
});
