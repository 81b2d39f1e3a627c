import { expect, test } from "vitest";
import { judgePlan, RULES, type PolicyReport } from "../../../../src/infra/policy/judge-plan.js";
import type { PlanJson } from "../../../../src/infra/plan/plan-json.js";
import type { Waiver } from "../../../../src/infra/environment/schema.js";
import type { Environment } from "../../../../src/infra/environment/resolve-environment.js";
import { environment } from "../fixtures/environment-file.js";
import { change, plus, readPlan, without, withValues } from "../fixtures/plans.js";

const DEMO = readPlan("demo");
const BOOTSTRAP = readPlan("bootstrap");
const PRODUCTION: Environment = { ...environment(), kind: "production" };

const judge = (plan: PlanJson, waivers: readonly Waiver[] = [], of: Environment = environment()): PolicyReport =>
  judgePlan({ plan, environment: of }, { waivers, today: "2026-11-23" });

test("our own roots break no rule", () => {
  expect(judge(DEMO).findings).toEqual([]);
  expect(judgePlan({ plan: BOOTSTRAP }, { waivers: [], today: "2026-11-23" }).findings).toEqual([]);
});

const set = (type: string, values: Record<string, unknown>, plan = DEMO): PlanJson =>
  withValues(plan, type, (after) => Object.assign(after, values));
const cluster = (values: Record<string, unknown>): PlanJson => set("aws_eks_cluster", values);
const ebs = (values: Record<string, unknown>): PlanJson =>
  set("aws_launch_template", { block_device_mappings: [{ device_name: "/dev/xvda", ebs: [values] }] });
const trust = (subject: unknown): string =>
  JSON.stringify({
    Statement: [
      {
        Effect: "Allow",
        Principal: { Federated: "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com" },
        Condition: subject === undefined ? {} : { StringLike: { "token.actions.githubusercontent.com:sub": subject } },
      },
    ],
  });
const everything = JSON.stringify({ Statement: { Effect: "Allow", Action: "*", Resource: "*" } });
const logged = { enabled_cluster_log_types: ["api", "audit", "authenticator", "controllerManager", "scheduler"] };

const BROKEN: readonly (readonly [rule: string, what: string, plan: PlanJson])[] = [
  ["data-destroyed", "a destroyed bucket", plus(DEMO, change("aws_s3_bucket", ["delete"]))],
  [
    "data-destroyed",
    "a replaced table",
    plus(
      DEMO,
      change("aws_dynamodb_table", ["delete", "create"], {
        after: { point_in_time_recovery: [{ enabled: true }], deletion_protection_enabled: true },
      }),
    ),
  ],
  ["disk-encrypted", "a node's disk in the clear", ebs({ volume_type: "gp3" })],
  [
    "disk-encrypted",
    "a StorageClass in the clear",
    set("kubernetes_storage_class_v1", { parameters: { type: "gp3" } }),
  ],
  ["disk-gp3", "an old kind of disk", ebs({ encrypted: "true", volume_type: "gp2" })],
  ["bucket-versioned", "a bucket without versions", without(BOOTSTRAP, "aws_s3_bucket_versioning")],
  [
    "bucket-encrypted",
    "a bucket without encryption",
    without(BOOTSTRAP, "aws_s3_bucket_server_side_encryption_configuration"),
  ],
  [
    "bucket-private",
    "a bucket that may become public",
    set("aws_s3_bucket_public_access_block", { block_public_acls: false }, BOOTSTRAP),
  ],
  ["bucket-tls-only", "a bucket that takes plain HTTP", without(BOOTSTRAP, "aws_s3_bucket_policy")],
  ["table-recoverable", "a table without a net", set("aws_dynamodb_table", { point_in_time_recovery: [] }, BOOTSTRAP)],
  ["kms-rotates", "a key for ever", set("aws_kms_key", { enable_key_rotation: false })],
  [
    "ingress-open",
    "SSH from everywhere",
    plus(
      DEMO,
      change("aws_vpc_security_group_ingress_rule", ["create"], {
        after: { cidr_ipv4: "0.0.0.0/0", from_port: 22, to_port: 22, ip_protocol: "tcp" },
      }),
    ),
  ],
  [
    "ingress-open",
    "an old rule over IPv6",
    plus(
      DEMO,
      change("aws_security_group_rule", ["create"], {
        after: { type: "ingress", ipv6_cidr_blocks: ["::/0"], from_port: 0, to_port: 0, protocol: "-1" },
      }),
    ),
  ],
  [
    "ingress-open",
    "a rule inside the group",
    plus(
      DEMO,
      change("aws_security_group", ["create"], {
        after: { ingress: [{ cidr_blocks: ["0.0.0.0/1"], from_port: 6379, to_port: 6379 }] },
      }),
    ),
  ],
  [
    "endpoint-open",
    "an API open to everybody",
    cluster({ vpc_config: [{ endpoint_public_access: true, public_access_cidrs: [] }] }),
  ],
  ["flow-logs", "a VPC without a flow log", without(DEMO, "aws_flow_log")],
  ["flow-logs", "the slow default", set("aws_flow_log", { max_aggregation_interval: 600 })],
  ["subnet-tags", "subnets no load balancer finds", set("aws_subnet", { tags: {} })],
  ["secrets-encrypted", "secrets without a key", cluster({ encryption_config: [] })],
  ["control-plane-logs", "no audit log", cluster({ ...logged, enabled_cluster_log_types: ["api"] })],
  [
    "access-by-entries",
    "the aws-auth ConfigMap",
    cluster({ access_config: [{ authentication_mode: "API_AND_CONFIG_MAP" }] }),
  ],
  ["version-supported", "an old Kubernetes", cluster({ version: "1.34" })],
  ["version-supported", "extended support", cluster({ upgrade_policy: [{ support_type: "EXTENDED" }] })],
  ["node-imds", "IMDSv1", set("aws_launch_template", { metadata_options: [{ http_tokens: "optional" }] })],
  [
    "node-imds",
    "a hop too many",
    set("aws_launch_template", { metadata_options: [{ http_tokens: "required", http_put_response_hop_limit: 2 }] }),
  ],
  ["log-retention", "logs for ever", set("aws_cloudwatch_log_group", { retention_in_days: null })],
  [
    "iam-everything",
    "a role that may do everything",
    plus(DEMO, change("aws_iam_policy", ["create"], { after: { policy: everything } })),
  ],
  [
    "github-trust",
    "any repository",
    plus(DEMO, change("aws_iam_role", ["create"], { after: { assume_role_policy: trust(undefined) } })),
  ],
  [
    "github-trust",
    "a whole organisation",
    plus(DEMO, change("aws_iam_role", ["create"], { after: { assume_role_policy: trust("repo:acme/*") } })),
  ],
  [
    "tags",
    "no tags",
    plus({ ...DEMO, configuration: {} }, change("aws_sqs_queue", ["create"], { after: { tags: { Project: "x" } } })),
  ],
];

test.each(BROKEN)("%s finds %s", (rule, _what, plan) => {
  expect(judge(plan).findings.map((finding) => finding.rule)).toContain(rule);
});

test("every rule has a test that breaks it", () => {
  const broken = new Set([...BROKEN.map(([rule]) => rule), "deletion-protected", "endpoint-public"]);
  expect(RULES.map(({ id }) => id).filter((id) => !broken.has(id))).toEqual([]);
});

test("production's cluster must be protected, and better private", () => {
  const rules = judge(DEMO, [], PRODUCTION).findings.map(({ rule }) => rule);
  expect(rules).toEqual(["endpoint-public", "deletion-protected"]);
});

test("a role for one repository is trusted", () => {
  const plan = plus(
    DEMO,
    change("aws_iam_role", ["create"], {
      after: { assume_role_policy: trust("repo:acme/platform:environment:production"), tags: {} },
    }),
  );
  expect(judge(plan).findings.map(({ rule }) => rule)).not.toContain("github-trust");
});

const WAIVER: Waiver = { rule: "flow-logs", reason: "measured: ten minutes are enough here", until: "2026-11-23" };

test("a waiver with a reason takes a finding out until its day is over", () => {
  const plan = set("aws_flow_log", { max_aggregation_interval: 600 });
  expect(judge(plan)).toMatchObject({ blocking: 1, waived: 0 });
  expect(judge(plan, [WAIVER])).toMatchObject({ blocking: 0, waived: 1, unused: [] });
  const ended = judge(plan, [{ ...WAIVER, until: "2026-11-22" }]);
  expect(ended).toMatchObject({ blocking: 1, waived: 0 });
  expect(ended.findings[0]?.waiverEnded).toBe("2026-11-22");
});

test("a waiver counts for its environment and its addresses only, and is told when it meets nothing", () => {
  const plan = set("aws_flow_log", { max_aggregation_interval: 600 });
  expect(judge(plan, [{ ...WAIVER, environment: "production" }])).toMatchObject({ blocking: 1, unused: [] });
  expect(judge(plan, [{ ...WAIVER, resource: "module.vpc.*" }])).toMatchObject({ waived: 1 });
  expect(judge(plan, [{ ...WAIVER, resource: "module.eks.*" }])).toMatchObject({
    blocking: 1,
    unused: [{ resource: "module.eks.*" }],
  });
});
