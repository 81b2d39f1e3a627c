import { existsSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { until as untilSeen } from "../support/until.js";
import { KEYS, startLoopbackCloud } from "./support/cloud/loopback-cloud.js";
import type { LoopbackCloud } from "./support/cloud/loopback-cloud.js";
import { readState } from "./support/terraform/plan-json.js";
import { startTerraform } from "./support/terraform/run-terraform.js";
import type { Terraform } from "./support/terraform/run-terraform.js";
import { createWorkspace } from "./support/terraform/workspace.js";
import type { Workspace } from "./support/terraform/workspace.js";

/**
 * A root that applies for as long as the test wants: its one step waits until a file is there, but not for ever, since
 * its shell outlives a test that failed.
 */
const SLOW = `terraform {
  backend "s3" {}
}
variable "round" {
  type = number
}
variable "gate" {
  type = string
}
resource "terraform_data" "step" {
  input            = var.round
  triggers_replace = var.round
  provisioner "local-exec" {
    command = "touch '\${var.gate}.reached'; n=0; while [ ! -e '\${var.gate}' ] && [ $n -lt 900 ]; do sleep 0.1; n=$((n + 1)); done"
  }
}
output "round" {
  value = terraform_data.step.output
}
`;
const KEY = "demo/terraform.tfstate";
const LOCKED =
  /Error acquiring the state lock[\s\S]*ID:\s+(\S+)[\s\S]*Operation:\s+OperationTypeApply[\s\S]*Who:\s+(\S+@\S+)/;

let terraform: Terraform;
let cloud: LoopbackCloud;
beforeAll(async () => {
  [terraform, cloud] = await Promise.all([startTerraform(), startLoopbackCloud()]);
});
afterAll(async () => {
  terraform?.close();
  await cloud?.close();
});

const until = (what: string, holds: () => boolean): Promise<boolean> => untilSeen(what, 60, async () => holds());

describe("the state in S3", () => {
  let roots: readonly Workspace[];
  let gate: string;
  const args = (round: number): string[] => [`-var=round=${round}`, `-var=gate=${gate}`];
  const open = (): void => writeFileSync(gate, "");
  const words = (round: number, more: readonly string[]) => [
    "apply",
    "-auto-approve",
    "-no-color",
    ...more,
    ...args(round),
  ];
  const apply = (at: number, round: number, ...more: string[]) =>
    terraform.run(roots[at]?.root ?? "", words(round, more), KEYS);
  const startApply = (at: number, round: number, ...more: string[]) =>
    terraform.start(roots[at]?.root ?? "", words(round, more), KEYS);

  const prepare = async (key: string, lock: "both" | "dynamodb" | "s3"): Promise<void> => {
    roots = [0, 1].map(() =>
      createWorkspace("../slow", {
        backend: "own",
        files: { "main.tf": SLOW, "t.s3.tfbackend": cloud.backendFile(key, lock) },
      }),
    );
    gate = join(roots[0]?.root ?? "", "gate");
    for (const { root } of roots) {
      await terraform.must(root, ["init", "-no-color", "-backend-config=t.s3.tfbackend"], KEYS);
    }
  };
  beforeEach(() => () => {
    for (const root of roots) root.remove();
  });

  test.each(["both", "dynamodb", "s3"] as const)(
    "refuses a second apply while one runs and says who holds the lock (lock = %s)",
    async (lock) => {
      await prepare(`${lock}/${KEY}`, lock);
      const first = apply(0, 1);
      await until("the first apply", () => existsSync(`${gate}.reached`));
      const second = await apply(1, 2);
      expect(second.exitCode).toBe(1);
      expect(second.stderr).toMatch(LOCKED);
      // Opened only once it waits: one whose very first try meets the end of the other finds a lock without its owner, and gives
      // up (terraform's own S3 backend: the lock's file was refused, and is gone when it is read).
      const patient = startApply(1, 3, "-lock-timeout=60s");
      let said = "";
      patient.stdout.on("data", (text: Buffer) => (said += text.toString()));
      await until(
        "the patient apply to wait",
        () => said.includes("Acquiring state lock") || patient.exitCode !== null,
      );
      open();
      expect((await first).exitCode).toBe(0);
      const { exitCode, stderr } = await patient;
      expect({ exitCode, stderr }).toMatchObject({ exitCode: 0 });
      expect(await terraform.must(roots[1]?.root ?? "", ["output", "-raw", "round"], KEYS)).toBe("3");
    },
  );

  test("stays locked by a killed apply until somebody releases it by its id", async () => {
    await prepare(`killed/${KEY}`, "both");
    const child = startApply(0, 1);
    await until("the apply", () => existsSync(`${gate}.reached`));
    child.kill("SIGKILL");
    await child;
    // The step's own shell outlives its terraform; its wait ends here.
    open();
    rmSync(`${gate}.reached`);

    const refused = await apply(1, 2);
    expect(refused.exitCode).toBe(1);
    const [, id = ""] = LOCKED.exec(refused.stderr) ?? [];
    expect(JSON.parse(String(cloud.object(`killed/${KEY}.tflock`)))).toMatchObject({ ID: id });

    const wrong = await terraform.run(roots[1]?.root ?? "", ["force-unlock", "-force", "no-such-lock"], KEYS);
    expect(wrong.exitCode).toBe(1);
    expect((await apply(1, 2)).exitCode).toBe(1);
    await terraform.must(roots[1]?.root ?? "", ["force-unlock", "-force", id], KEYS);
    expect((await apply(1, 2)).exitCode).toBe(0);
    expect(cloud.object(`killed/${KEY}.tflock`)).toBeUndefined();
  });

  test("keeps replaced states, and an old one can be brought back", async () => {
    await prepare(`old/${KEY}`, "both");
    const [{ root } = { root: "" }] = roots;
    open();
    expect((await apply(0, 1)).exitCode).toBe(0);
    expect((await apply(0, 2)).exitCode).toBe(0);
    const kept = cloud
      .versions(`old/${KEY}`)
      .map((body) => JSON.parse(String(body)) as { serial: number; outputs: { round?: { value: number } } });
    const first = kept.findLast((state) => state.outputs.round?.value === 1);
    expect(first).toBeDefined();

    // An older serial is refused by default: bringing it back is meant, so it is forced.
    writeFileSync(join(root, "old.tfstate"), JSON.stringify(first));
    const refused = await terraform.run(root, ["state", "push", "old.tfstate"], KEYS);
    expect(refused.stderr).toContain("cannot import state with serial");
    await terraform.must(root, ["state", "push", "-force", "old.tfstate"], KEYS);
    expect(await terraform.must(root, ["output", "-raw", "round"], KEYS)).toBe("1");
  });

  test("moves from the table to the lock file in two steps, and each step still locks", async () => {
    await prepare(`moved/${KEY}`, "dynamodb");
    open();
    expect((await apply(0, 1)).exitCode).toBe(0);
    for (const lock of ["both", "s3"] as const) {
      for (const { root } of roots) {
        writeFileSync(join(root, "t.s3.tfbackend"), cloud.backendFile(`moved/${KEY}`, lock));
        await terraform.must(root, ["init", "-no-color", "-reconfigure", "-backend-config=t.s3.tfbackend"], KEYS);
      }
      rmSync(gate);
      rmSync(`${gate}.reached`, { force: true });
      const running = apply(0, lock === "both" ? 2 : 3);
      await until("the apply", () => existsSync(`${gate}.reached`));
      expect((await apply(1, 9)).stderr).toMatch(LOCKED);
      open();
      expect((await running).exitCode).toBe(0);
    }
    expect(await terraform.must(roots[1]?.root ?? "", ["output", "-raw", "round"], KEYS)).toBe("3");
  });
});

test("the backend's own root moves its state into its own bucket and refuses to be destroyed", async () => {
  const workspace = createWorkspace("bootstrap", { backend: "own" });
  try {
    const { root } = workspace;
    writeFileSync(join(root, "t.auto.tfvars.json"), JSON.stringify({ bucket_name: cloud.bucket }));
    await terraform.must(root, ["init", "-no-color"]);
    await terraform.must(root, ["apply", "-auto-approve", "-no-color"]);
    writeFileSync(join(root, "backend.tf"), 'terraform {\n  backend "s3" {}\n}\n');
    writeFileSync(join(root, "t.s3.tfbackend"), cloud.backendFile("bootstrap/terraform.tfstate"));
    await terraform.must(
      root,
      ["init", "-migrate-state", "-force-copy", "-no-color", "-backend-config=t.s3.tfbackend"],
      KEYS,
    );
    rmSync(join(root, "terraform.tfstate"));
    rmSync(join(root, "terraform.tfstate.backup"), { force: true });

    expect((await terraform.run(root, ["plan", "-detailed-exitcode", "-no-color"], KEYS)).exitCode).toBe(0);
    const state = readState(await terraform.must(root, ["show", "-json"], KEYS));
    expect([...state.keys()]).toContain("module.backend.aws_s3_bucket.state");
    const destroy = await terraform.run(root, ["destroy", "-auto-approve", "-no-color"], KEYS);
    expect(destroy.exitCode).toBe(1);
    expect(destroy.stderr).toContain("prevent_destroy");
  } finally {
    workspace.remove();
  }
});
