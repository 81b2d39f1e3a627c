import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { VARIABLES } from "./support/environment-variables.js";
import { planRoot, readState } from "./support/terraform/plan-json.js";
import type { Plan } from "./support/terraform/plan-json.js";
import { startTerraform } from "./support/terraform/run-terraform.js";
import type { Terraform } from "./support/terraform/run-terraform.js";
import { createWorkspace } from "./support/terraform/workspace.js";
import type { Workspace } from "./support/terraform/workspace.js";

/** Values of one attribute over all resources of a type. */
const all = (plan: Plan, type: string, attribute: string): readonly unknown[] =>
  [...plan.of(type).values()].map((values) => values[attribute]);

describe.each(["demo", "production"] as const)("the %s environment", (name) => {
  let terraform: Terraform;
  let workspace: Workspace;
  let plan: Plan;
  beforeAll(async () => {
    terraform = await startTerraform();
    workspace = createWorkspace(`environments/${name}`);
    plan = await planRoot(terraform, workspace.root, VARIABLES[name]);
  });
  afterAll(() => {
    workspace?.remove();
    terraform?.close();
  });
  const production = name === "production";

  test("is valid", async () => {
    const { valid, error_count } = JSON.parse(await terraform.must(workspace.root, ["validate", "-json"])) as {
      valid: boolean;
      error_count: number;
    };
    expect({ valid, error_count }).toEqual({ valid: true, error_count: 0 });
  });

  test("has a /16 with two private and two public subnets that leave room for a third zone", () => {
    const net = production ? "10.1" : "10.0";
    expect(plan.only("aws_vpc")).toMatchObject({ cidr_block: `${net}.0.0/16`, enable_dns_hostnames: true });
    const subnets = [...plan.of("aws_subnet").values()].map((subnet) => [
      subnet["availability_zone"],
      subnet["cidr_block"],
    ]);
    expect(subnets.toSorted()).toEqual([
      ["us-east-1a", `${net}.0.0/18`],
      ["us-east-1a", `${net}.192.0/22`],
      ["us-east-1b", `${net}.196.0/22`],
      ["us-east-1b", `${net}.64.0/18`],
    ]);
    expect(plan.outputs["address_plan"]).toEqual({
      "us-east-1a": { private: `${net}.0.0/18`, public: `${net}.192.0/22` },
      "us-east-1b": { private: `${net}.64.0/18`, public: `${net}.196.0/22` },
    });
  });

  test("gives no instance a public address and tags the subnets for the load balancer controller", () => {
    for (const [address, subnet] of plan.of("aws_subnet")) {
      const role = address.includes(".public[") ? "kubernetes.io/role/elb" : "kubernetes.io/role/internal-elb";
      expect(subnet["map_public_ip_on_launch"] ?? false).toBe(false);
      expect(subnet["tags"]).toMatchObject({ [role]: "1" });
    }
  });

  test("has a NAT gateway in each zone where it is production, and one where it is not", () => {
    expect(plan.of("aws_nat_gateway").size).toBe(production ? 2 : 1);
    expect(plan.of("aws_route_table").size).toBe(production ? 3 : 2);
  });

  test("logs all traffic every 60 s and keeps the logs for a time", () => {
    expect(plan.only("aws_flow_log")).toMatchObject({
      traffic_type: "ALL",
      max_aggregation_interval: 60,
      log_destination_type: "cloud-watch-logs",
    });
    const days = production ? 90 : 7;
    expect(all(plan, "aws_cloudwatch_log_group", "retention_in_days")).toEqual([days, days]);
  });

  test("reaches S3 without NAT, and AWS's services inside the VPC where it is production", () => {
    const endpoints = [...plan.of("aws_vpc_endpoint").values()];
    const services = (type: string): readonly string[] =>
      endpoints
        .filter((endpoint) => endpoint["vpc_endpoint_type"] === type)
        .map((endpoint) => String(endpoint["service_name"]).replace("com.amazonaws.us-east-1.", ""))
        .toSorted();
    expect(services("Gateway")).toEqual(["s3"]);
    expect(services("Interface")).toEqual(
      production
        ? ["autoscaling", "ec2", "ecr.api", "ecr.dkr", "eks", "eks-auth", "elasticloadbalancing", "kms", "logs", "sts"]
        : [],
    );
    for (const [, rule] of plan.of("aws_vpc_security_group_ingress_rule")) {
      expect(rule).toMatchObject({ cidr_ipv4: "10.1.0.0/16", from_port: 443, to_port: 443, ip_protocol: "tcp" });
    }
  });

  test("has a cluster in standard support that logs everything, lets in who is named, and encrypts secrets", () => {
    expect(plan.only("aws_eks_cluster")).toMatchObject({
      version: "1.36",
      deletion_protection: production,
      enabled_cluster_log_types: ["api", "audit", "authenticator", "controllerManager", "scheduler"],
      access_config: [{ authentication_mode: "API", bootstrap_cluster_creator_admin_permissions: false }],
      upgrade_policy: [{ support_type: "STANDARD" }],
      encryption_config: [{ resources: ["secrets"] }],
      kubernetes_network_config: [{ service_ipv4_cidr: "172.20.0.0/16" }],
    });
    expect(plan.only("aws_kms_key")["enable_key_rotation"]).toBe(true);
    expect(plan.only("aws_eks_access_policy_association")).toMatchObject({
      principal_arn: "arn:aws:iam::123456789012:role/platform",
      policy_arn: "arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy",
      access_scope: [{ type: "cluster" }],
    });
  });

  test("keeps its API inside the VPC, or shows it to the named addresses alone", () => {
    const [config] = plan.only("aws_eks_cluster")["vpc_config"] as readonly Record<string, unknown>[];
    expect(config).toMatchObject({ endpoint_private_access: true, endpoint_public_access: !production });
    if (!production) expect(config?.["public_access_cidrs"]).toEqual(["203.0.113.7/32"]);
  });

  test("has 2 to 4 t3.medium with encrypted gp3 disks and IMDSv2 that pods do not reach", () => {
    const groups = [...plan.of("aws_eks_node_group").values()];
    expect(groups).toHaveLength(production ? 2 : 1);
    for (const group of groups) {
      expect(group).toMatchObject({
        instance_types: ["t3.medium"],
        ami_type: "AL2023_x86_64_STANDARD",
        capacity_type: "ON_DEMAND",
        scaling_config: [{ min_size: 2, desired_size: 2, max_size: 4 }],
        update_config: [{ max_unavailable: 1 }],
      });
    }
    for (const [, template] of plan.of("aws_launch_template")) {
      const told = Buffer.from(String(template["user_data"]), "base64").toString();
      expect(told).toContain('"maxPods": 40');
      expect(told).toContain('"memory": "695Mi"');
      expect(template).toMatchObject({
        metadata_options: [{ http_endpoint: "enabled", http_tokens: "required", http_put_response_hop_limit: 1 }],
        block_device_mappings: [{ ebs: [{ volume_type: "gp3", volume_size: 50, encrypted: "true" }] }],
      });
    }
  });

  test("has the add-ons, with prefix delegation and network policies, and an identity for volumes", () => {
    const addons = new Map([...plan.of("aws_eks_addon").values()].map((addon) => [addon["addon_name"], addon]));
    expect([...addons.keys()].toSorted()).toEqual([
      "aws-ebs-csi-driver",
      "coredns",
      "eks-pod-identity-agent",
      "kube-proxy",
      "vpc-cni",
    ]);
    expect(JSON.parse(String(addons.get("vpc-cni")?.["configuration_values"]))).toEqual({
      enableNetworkPolicy: "true",
      env: { ENABLE_PREFIX_DELEGATION: "true", WARM_PREFIX_TARGET: "1" },
    });
    expect(addons.get("aws-ebs-csi-driver")?.["pod_identity_association"]).toMatchObject([
      { service_account: "ebs-csi-controller-sa" },
    ]);
  });

  test("opens to the nodes what the control plane and other nodes need, the agents' port among it", () => {
    const rules = new Map(
      [...plan.of("aws_security_group_rule")]
        .filter(([address]) => address.includes(".node["))
        .map(([address, rule]) => [/\["(.+)"\]$/.exec(address)?.[1] ?? address, rule]),
    );
    expect(rules.get("ingress_cluster_agents")).toMatchObject({
      type: "ingress",
      protocol: "tcp",
      from_port: 9640,
      to_port: 9640,
    });
    const ingress = [...rules.values()].filter((rule) => rule["type"] === "ingress");
    expect(ingress.length).toBeGreaterThan(5);
    for (const rule of ingress) expect(rule["cidr_blocks"] ?? null).toBeNull();
    const egress = [...rules.values()]
      .filter((rule) => rule["type"] === "egress")
      .map((rule) => [rule["protocol"], rule["from_port"], ...(rule["cidr_blocks"] as readonly string[])]);
    expect(egress.toSorted()).toEqual(
      production
        ? [
            ["-1", 0, "10.1.0.0/16"],
            ["tcp", 443, "0.0.0.0/0"],
          ]
        : [["-1", 0, "0.0.0.0/0"]],
    );
  });

  test("installs an encrypted, expandable gp3 class that waits for the pod, and an autoscaler of the cluster's version", () => {
    expect(plan.only("kubernetes_storage_class_v1")).toMatchObject({
      metadata: [{ name: "gp3", annotations: { "storageclass.kubernetes.io/is-default-class": "true" } }],
      storage_provisioner: "ebs.csi.aws.com",
      allow_volume_expansion: true,
      volume_binding_mode: "WaitForFirstConsumer",
      parameters: { type: "gp3", encrypted: "true", "csi.storage.k8s.io/fstype": "ext4" },
    });
    expect(plan.only("helm_release")).toMatchObject({ chart: "cluster-autoscaler", namespace: "kube-system" });
    expect(plan.only("aws_eks_pod_identity_association")).toMatchObject({
      namespace: "kube-system",
      service_account: "cluster-autoscaler",
    });
  });

  test("says by a tag which module everything came from", () => {
    const taggable = plan.changes.filter(({ mode, change }) => mode === "managed" && "tags" in (change.after ?? {}));
    expect(taggable.length).toBeGreaterThan(30);
    const module = ({ change }: (typeof taggable)[number]): string | undefined =>
      (change.after?.["tags"] as Readonly<Record<string, string>> | null)?.["Module"];
    const untagged = taggable.filter((change) => !/^evenkeel\/(vpc|eks)$/.test(module(change) ?? ""));
    expect(untagged.map(({ address }) => address)).toEqual([]);
  });

  test("applies, has nothing more to do, and goes again", async () => {
    await terraform.must(workspace.root, ["apply", "-no-color", "plan.bin"]);
    const again = await terraform.run(workspace.root, ["plan", "-no-color", "-detailed-exitcode"]);
    expect(again).toMatchObject({ exitCode: 0 });

    const state = readState(await terraform.must(workspace.root, ["show", "-json"]));
    const groups = [...state].filter(([address]) => address.includes("aws_eks_node_group.this"));
    expect(groups.map(([, values]) => (values["subnet_ids"] as string[]).length)).toEqual(production ? [1, 1] : [2]);
    const values = [...state].find(([address]) => address.includes("helm_release"))?.[1]["values"] as string[];
    expect(values[0]).toContain(`"clusterName": "evenkeel-${name}"`);
    expect(values[0]).toContain('"tag": "v1.36.1"');
    const trust = state.get('module.eks.aws_iam_role.pod["cluster-autoscaler"]')?.["assume_role_policy"];
    expect(JSON.parse(String(trust))).toMatchObject({
      Statement: [
        {
          Action: ["sts:AssumeRole", "sts:TagSession"],
          Principal: { Service: "pods.eks.amazonaws.com" },
          Condition: { StringEquals: { "aws:RequestTag/eks-cluster-name": `evenkeel-${name}` } },
        },
      ],
    });

    if (production) {
      const refused = await terraform.run(workspace.root, ["destroy", "-auto-approve", "-no-color"]);
      expect(refused.stderr).toContain("aws_eks_cluster has deletion protection");
      await terraform.must(workspace.root, ["apply", "-auto-approve", "-no-color", "-var=deletion_protection=false"]);
    }
    await terraform.must(workspace.root, ["destroy", "-auto-approve", "-no-color", "-var=deletion_protection=false"]);
    expect(readState(await terraform.must(workspace.root, ["show", "-json"])).size).toBe(0);
  });
});
