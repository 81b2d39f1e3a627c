import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { findTerraform } from "../../../../src/infra/terraform/find-terraform.js";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "evenkeel-terraform-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test("where it is missing the error says how to get it", async () => {
  await expect(findTerraform({ PATH: folder })).rejects.toMatchObject({
    code: "TERRAFORM_MISSING",
    exitCode: 2,
    hint: expect.stringContaining("https://developer.hashicorp.com/terraform/install") as string,
  });
});

test("one that is too old is refused", async () => {
  const file = join(folder, "terraform");
  writeFileSync(file, `#!/bin/sh\necho '{"terraform_version":"1.9.8"}'\n`);
  chmodSync(file, 0o755);
  await expect(findTerraform({ PATH: folder })).rejects.toThrow("terraform 1.9.8");
});
