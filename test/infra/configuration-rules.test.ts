import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { expect, test } from "vitest";
import { breaches, configurationFolders } from "./support/hcl-rules.js";
import { findTerraform } from "./support/terraform/find-terraform.js";
import { INFRA } from "./support/terraform/workspace.js";

test("every file has terraform's own format", async () => {
  const { stdout, exitCode } = await execa(await findTerraform(), ["fmt", "-check", "-recursive", INFRA], {
    env: { TF_CLI_CONFIG_FILE: undefined },
    reject: false,
  });
  expect(stdout).toBe("");
  expect(exitCode).toBe(0);
});

test("every variable is described, typed and used, every output described, every provider and module pinned", () => {
  const folders = configurationFolders(INFRA);
  expect(folders).toHaveLength(7);
  expect(folders.flatMap((folder) => breaches(folder, INFRA))).toEqual([]);
});

test("the rules find what they are there for", () => {
  const root = mkdtempSync(join(tmpdir(), "evenkeel-rules-"));
  mkdirSync(join(root, "bad"));
  writeFileSync(
    join(root, "bad/main.tf"),
    [
      'terraform {\n  required_providers {\n    aws = {\n      source  = "hashicorp/aws"\n      version = ">= 6.0"\n    }\n  }\n}',
      'variable "lonely" {\n  validation {\n    condition     = var.lonely != "}"\n    error_message = "No \\"${var.lonely}\\"."\n  }\n}',
      'output "Loud" {\n  value = 1\n}',
      'module "far" {\n  source  = "terraform-aws-modules/vpc/aws"\n  version = "~> 6.0"\n}',
      "locals {\n  idle = { deep = 1 }\n}\n",
    ].join("\n"),
  );
  try {
    expect(
      breaches(join(root, "bad"), root).map((line) => line.replace("bad/main.tf: ", "").replace("bad/", "")),
    ).toEqual([
      "no required_version",
      'provider aws is not bounded: ">= 6.0"',
      "variable lonely has no description",
      "variable lonely has no type",
      "output Loud has no description",
      "output Loud is not in snake_case",
      'module far of "terraform-aws-modules/vpc/aws" has no exact version',
      "var.lonely is never used",
      "local.idle is never used",
    ]);
  } finally {
    rmSync(root, { recursive: true });
  }
});

test("both environments have the same variables in the same words: only defaults differ", () => {
  const [demo, production] = ["demo", "production"].map((name) =>
    readFileSync(join(INFRA, `environments/${name}/variables.tf`), "utf8").replaceAll(/default( +)= .*/g, "default"),
  );
  expect(production).toBe(demo);
});

test("every skip of a policy scanner's finding has its answer in the record, and no answer is left over", () => {
  const record = readFileSync(
    new URL("../../docs/decisions/0023-findings-of-a-policy-scanner.md", import.meta.url),
    "utf8",
  );
  const answered = [...record.matchAll(/^\| (CKV\w+) /gm)].map(([, id]) => id);
  const skipped = configurationFolders(INFRA)
    .flatMap((folder) =>
      readdirSync(folder)
        .filter((name) => name.endsWith(".tf"))
        .map((name) => join(folder, name)),
    )
    .flatMap((file) => [...readFileSync(file, "utf8").matchAll(/#checkov:skip=(CKV\w+):\w/g)].map(([, id]) => id));
  expect([...new Set(skipped)].toSorted()).toEqual(answered.toSorted());
});
