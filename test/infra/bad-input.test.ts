import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { VARIABLES } from "./support/environment-variables.js";
import { findTerraform } from "./support/terraform/find-terraform.js";
import { startTerraform } from "./support/terraform/run-terraform.js";
import type { Terraform } from "./support/terraform/run-terraform.js";
import { createWorkspace } from "./support/terraform/workspace.js";
import type { Workspace } from "./support/terraform/workspace.js";

let terraform: Terraform;
let workspace: Workspace;
beforeAll(async () => {
  terraform = await startTerraform();
  workspace = createWorkspace("environments/demo");
  await terraform.must(workspace.root, ["init", "-no-color"]);
});
afterAll(() => {
  workspace?.remove();
  terraform?.close();
});

/** What a plan with these values says, with its frame and line breaks taken off. */
async function refusal(values: Readonly<Record<string, unknown>>): Promise<string> {
  writeFileSync(join(workspace.root, "t.auto.tfvars.json"), JSON.stringify({ ...VARIABLES.demo, ...values }));
  const { exitCode, stderr } = await terraform.run(workspace.root, ["plan", "-no-color"]);
  expect(exitCode).toBe(1);
  return stderr.replaceAll(/[│╷╵]/g, "").replaceAll(/\s+/g, " ");
}

describe("an environment is refused, in words that name the value, when", () => {
  test.each([
    [
      "its network is too small for the subnets",
      { vpc_cidr: "10.0.0.0/21" },
      "cidr 10.0.0.0/21 is too small for the subnets",
    ],
    [
      "its network is larger than a VPC may be",
      { vpc_cidr: "10.0.0.0/12" },
      "cidr 10.0.0.0/12 is larger than AWS lets a VPC be",
    ],
    ["its network is public", { vpc_cidr: "11.0.0.0/16" }, "cidr 11.0.0.0/16 is not private"],
    ["its network has host bits", { vpc_cidr: "10.0.7.0/16" }, "the network that holds it is 10.0.0.0/16"],
    ["its network is none", { vpc_cidr: "ten" }, 'cidr is an IPv4 network like 10.0.0.0/16; got "ten"'],
    [
      "its network overlaps the Services'",
      { vpc_cidr: "172.20.0.0/16" },
      "cidr 172.20.0.0/16 overlaps service_cidr or one of reserved_cidrs: 172.20.0.0/16",
    ],
    [
      "its network overlaps one that it will be connected to",
      { vpc_cidr: "10.0.0.0/16", reserved_cidrs: ["10.8.0.0/16", "10.0.128.0/20"] },
      "overlaps service_cidr or one of reserved_cidrs: 172.20.0.0/16, 10.8.0.0/16, 10.0.128.0/20",
    ],
    [
      "a zone is of another region",
      { region: "eu-central-1", zones: ["eu-central-1a", "us-east-1b"] },
      "zones must belong to region eu-central-1; these do not: us-east-1b",
    ],
    [
      "a zone is not open",
      { zones: ["us-east-1a", "us-east-1f"] },
      "not open to this account in us-east-1: us-east-1f",
    ],
    ["a zone has no EKS", { zones: ["us-east-1a", "us-east-1e"] }, "us-east-1e, where EKS offers no control plane"],
    ["there is one zone", { zones: ["us-east-1a"] }, "zones are two or three; got 1"],
    ["a zone is named twice", { zones: ["us-east-1a", "us-east-1a"] }, "zones names one zone twice"],
    [
      "the nodes are too small for the chart",
      { node_instance_types: ["t3.small"] },
      "t3.small is too small: 2 nodes leave 898 MiB beside the system's pods, and workload_memory_mib is 3840",
    ],
    [
      "the chart is too large for the nodes",
      { workload_memory_mib: 6000 },
      "t3.medium is too small: 2 nodes leave 4686 MiB",
    ],
    ["a group mixes architectures", { node_instance_types: ["t3.medium", "t4g.medium"] }, "mixes x86 and Arm"],
    ["the counts go down", { node_count: { min: 3, desired: 2, max: 4 } }, "1 <= min <= desired <= max; got 3, 2, 4"],
    ["a shared group has one node", { node_count: { min: 1, desired: 1, max: 4 } }, "node_count.min is 2 or more"],
    ["everybody may reach the API", { endpoint_public_access_cidrs: ["0.0.0.0/0"] }, "never everybody (0.0.0.0/0)"],
    ["nobody is said to reach the API", { endpoint_public_access_cidrs: [] }, "needs endpoint_public_access_cidrs"],
    ["nobody may enter the cluster", { admin_principal_arns: {} }, "in_cluster needs admin_principal_arns"],
    ["its Kubernetes is old", { kubernetes_version: "1.33" }, 'kubernetes_version is "1.35" or "1.36"'],
    ["its logs' time is unknown to CloudWatch", { log_retention_days: 8 }, "log_retention_days is one of CloudWatch's"],
    ["its name is too long", { name: "a-name-of-more-than-24-characters" }, "name has 3 to 24 characters"],
  ])("%s", async (_, values, sentence) => {
    expect(await refusal(values)).toContain(sentence);
  });
});

test("the backend refuses trust that a stranger could use", async () => {
  const backend = createWorkspace("modules/backend");
  try {
    await terraform.must(backend.root, ["init", "-no-color"]);
    for (const [github, sentence] of [
      [{ repository: "acme/*" }, "holds no *"],
      [{ repository: "acme/shop", plan_refs: ["*"] }, "a * would trust every branch"],
      [{ repository: "acme/shop", name_prefixes: ["acme"] }, "begins with none of them"],
    ] as const) {
      writeFileSync(join(backend.root, "t.auto.tfvars.json"), JSON.stringify({ bucket_name: "acme-tfstate", github }));
      const { exitCode, stderr } = await terraform.run(backend.root, ["plan", "-no-color"]);
      expect(exitCode).toBe(1);
      expect(stderr.replaceAll(/[│╷╵]/g, "").replaceAll(/\s+/g, " ")).toContain(sentence);
    }
  } finally {
    backend.remove();
  }
});

test("a machine without terraform is told how to get it", async () => {
  await expect(findTerraform("/nonexistent")).rejects.toThrow(
    /need terraform, and it is not on PATH: install terraform 1\.11 or newer/,
  );
});
