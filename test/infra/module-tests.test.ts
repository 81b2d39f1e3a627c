import { afterAll, beforeAll, expect, test } from "vitest";
import { startTerraform } from "./support/terraform/run-terraform.js";
import type { Terraform } from "./support/terraform/run-terraform.js";
import { createWorkspace } from "./support/terraform/workspace.js";

let terraform: Terraform;
beforeAll(async () => {
  terraform = await startTerraform();
});
afterAll(() => terraform?.close());

test.each([
  ["modules/backend", 5],
  ["modules/vpc", 7],
  ["modules/eks", 10],
  ["modules/eks/in-cluster", 3],
] as const)("%s passes its own tests, as a user runs them with `terraform test`", async (folder, runs) => {
  const workspace = createWorkspace(folder);
  try {
    await terraform.must(workspace.root, ["init", "-no-color"]);
    const stdout = await terraform.must(workspace.root, ["test", "-no-color"]);
    expect(stdout).toContain(`Success! ${runs} passed, 0 failed.`);
  } finally {
    workspace.remove();
  }
});
