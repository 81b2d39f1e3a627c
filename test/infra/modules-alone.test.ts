import { readFileSync } from "node:fs";
import { join } from "node:path";
import { execa } from "execa";
import { afterAll, beforeAll, expect, test } from "vitest";
import { planRoot } from "./support/terraform/plan-json.js";
import { startTerraform } from "./support/terraform/run-terraform.js";
import type { Terraform } from "./support/terraform/run-terraform.js";
import { createWorkspace, INFRA } from "./support/terraform/workspace.js";

let terraform: Terraform;
beforeAll(async () => {
  terraform = await startTerraform();
});
afterAll(() => terraform?.close());

/** The example of a folder's README: its first HCL block. */
function example(folder: string): string {
  const [, text = ""] = /```hcl\n([\s\S]*?)```/.exec(readFileSync(join(INFRA, folder, "README.md"), "utf8")) ?? [];
  return text;
}

/** What the README says has to be copied, and one thing that must come out of it. */
const EXAMPLES = {
  "modules/backend": { copies: { "modules/backend": "modules/backend" }, makes: "aws_s3_bucket_versioning" },
  "modules/vpc": { copies: { "modules/vpc": "modules/vpc" }, makes: "aws_flow_log" },
  "modules/eks": { copies: { "modules/eks": "modules/eks" }, makes: "aws_eks_node_group" },
  "modules/eks/in-cluster": {
    copies: { "modules/eks/in-cluster": "modules/eks/in-cluster" },
    makes: "kubernetes_storage_class_v1",
  },
  "environments/demo": {
    copies: { "environments/demo": "environments/demo", modules: "modules" },
    makes: "aws_eks_cluster",
  },
  "environments/production": {
    copies: { "environments/production": "environments/production", modules: "modules" },
    makes: "aws_eks_cluster",
  },
  bootstrap: { copies: { bootstrap: "bootstrap", modules: "modules" }, makes: "aws_dynamodb_table" },
} as const;

test.each(Object.entries(EXAMPLES))(
  "%s works from a foreign root, as its README's example says",
  async (folder, { copies, makes }) => {
    const text = example(folder);
    expect(text).toContain(`source = "./${folder}"`);
    const workspace = createWorkspace("../foreign", { files: { "main.tf": text }, copies });
    try {
      const plan = await planRoot(terraform, workspace.root, {});
      expect(plan.of(makes).size).toBeGreaterThan(0);
    } finally {
      workspace.remove();
    }
  },
);

test("the READMEs' tables of inputs and outputs are those of the variables and outputs", async () => {
  const script = join(INFRA, "scripts/module-readme.mjs");
  const { exitCode, stderr } = await execa(process.execPath, [script, "--check"], { reject: false });
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
});
