import { afterAll, beforeAll, expect, test } from "vitest";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { readState } from "./support/terraform/plan-json.js";
import { startTerraform } from "./support/terraform/run-terraform.js";
import type { Terraform } from "./support/terraform/run-terraform.js";
import { createWorkspace } from "./support/terraform/workspace.js";
import type { Workspace } from "./support/terraform/workspace.js";

interface Statement {
  readonly Sid?: string;
  readonly Effect: string;
  readonly Action: string | readonly string[];
  readonly Resource?: string | readonly string[];
  readonly Principal?: unknown;
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

const BUCKET = "acme-tfstate-123456789012";
const KEYS = ["demo", "production"].map((name) => `arn:aws:s3:::${BUCKET}/${name}/terraform.tfstate`);

let terraform: Terraform;
let workspace: Workspace;
let state: ReadonlyMap<string, Readonly<Record<string, unknown>>>;
beforeAll(async () => {
  terraform = await startTerraform();
  workspace = createWorkspace("modules/backend");
  const values = { bucket_name: BUCKET, github: { repository: "acme/shop" } };
  writeFileSync(join(workspace.root, "t.auto.tfvars.json"), JSON.stringify(values));
  await terraform.must(workspace.root, ["init", "-no-color"]);
  await terraform.must(workspace.root, ["apply", "-auto-approve", "-no-color"]);
  state = readState(await terraform.must(workspace.root, ["show", "-json"]));
});
afterAll(() => {
  workspace?.remove();
  terraform?.close();
});

const statements = (address: string, attribute = "policy"): readonly Statement[] =>
  (JSON.parse(String(state.get(address)?.[attribute])) as { Statement: readonly Statement[] }).Statement;
const list = (value: string | readonly string[] | undefined): readonly string[] => [value ?? []].flat();
const allowed = (role: "plan" | "apply"): readonly string[] =>
  statements(`aws_iam_role_policy.state["${role}"]`).flatMap(({ Action }) => list(Action));

test("the bucket refuses plain HTTP and old TLS, from everybody", () => {
  const policy = statements("aws_s3_bucket_policy.state");
  expect(policy.map(({ Effect, Principal, Condition }) => ({ Effect, Principal, Condition }))).toEqual([
    { Effect: "Deny", Principal: "*", Condition: { Bool: { "aws:SecureTransport": "false" } } },
    { Effect: "Deny", Principal: "*", Condition: { NumericLessThan: { "s3:TlsVersion": "1.2" } } },
  ]);
  for (const { Resource } of policy)
    expect(list(Resource)).toEqual([`arn:aws:s3:::${BUCKET}`, `arn:aws:s3:::${BUCKET}/*`]);
});

test("the bucket keeps what is replaced, the newest for ever, and belongs to its owner alone", () => {
  expect(state.get("aws_s3_bucket_lifecycle_configuration.state")).toMatchObject({
    rule: [
      {
        status: "Enabled",
        noncurrent_version_expiration: [{ noncurrent_days: 90, newer_noncurrent_versions: 20 }],
        abort_incomplete_multipart_upload: [{ days_after_initiation: 7 }],
      },
    ],
  });
  expect(state.get("aws_s3_bucket_ownership_controls.state")).toMatchObject({
    rule: [{ object_ownership: "BucketOwnerEnforced" }],
  });
});

test("GitHub's runs take a role only with the exact subject and audience", () => {
  const trust = (role: string): Statement["Condition"] =>
    statements(`aws_iam_role.github["${role}"]`, "assume_role_policy")[0]?.Condition;
  const issuer = "token.actions.githubusercontent.com";
  expect(trust("plan")).toEqual({
    StringEquals: {
      [`${issuer}:aud`]: "sts.amazonaws.com",
      [`${issuer}:sub`]: ["repo:acme/shop:pull_request", "repo:acme/shop:ref:refs/heads/main"],
    },
  });
  expect(trust("apply")).toEqual({
    StringEquals: {
      [`${issuer}:aud`]: "sts.amazonaws.com",
      [`${issuer}:sub`]: "repo:acme/shop:environment:production",
    },
  });
});

test("a plan reads its states and locks them, and only an apply writes one", () => {
  for (const role of ["plan", "apply"] as const) {
    const policy = statements(`aws_iam_role_policy.state["${role}"]`);
    const writes = policy
      .filter(({ Action }) => list(Action).includes("s3:PutObject"))
      .flatMap(({ Resource }) => list(Resource));
    const locks = KEYS.map((key) => `${key}.tflock`);
    expect(writes.toSorted()).toEqual((role === "plan" ? locks : [...KEYS, ...locks]).toSorted());
    expect(policy.find(({ Sid }) => Sid === "LockTable")).toMatchObject({
      Action: ["dynamodb:DeleteItem", "dynamodb:DescribeTable", "dynamodb:GetItem", "dynamodb:PutItem"],
      Condition: {
        "ForAllValues:StringEquals": {
          "dynamodb:LeadingKeys": ["demo", "production"].flatMap((name) => [
            `${BUCKET}/${name}/terraform.tfstate`,
            `${BUCKET}/${name}/terraform.tfstate-md5`,
          ]),
        },
      },
    });
    expect(allowed(role)).not.toContain("s3:DeleteObjectVersion");
  }
});

test("no allowed statement is everything, and making roles ends at the environments' names", () => {
  const apply = statements("aws_iam_role_policy.apply[0]");
  for (const { Effect, Action } of apply) if (Effect === "Allow") expect(list(Action)).not.toContain("*");
  const identities = apply.filter(
    ({ Effect, Action }) =>
      Effect === "Allow" && list(Action).some((action) => /^iam:(?!Get|List|CreateService)/.test(action)),
  );
  expect(identities.length).toBeGreaterThan(2);
  for (const resource of identities.flatMap(({ Resource }) => list(Resource))) {
    expect(resource).toMatch(
      /^arn:aws:iam::123456789012:((role|policy)\/evenkeel-(demo|production)\*|oidc-provider\/oidc\.eks\.\*)$/,
    );
  }
  expect(apply.find(({ Sid }) => Sid === "NotTheBackend")).toMatchObject({ Effect: "Deny" });
});

test("a plan's right to read ends at secrets and at the objects of others", () => {
  const denied = statements("aws_iam_role_policy.plan_denied[0]");
  expect(denied.every(({ Effect }) => Effect === "Deny")).toBe(true);
  expect(denied.flatMap(({ Action }) => list(Action))).toEqual(
    expect.arrayContaining([
      "secretsmanager:GetSecretValue",
      "ssm:GetParameter*",
      "s3:GetObject*",
      "logs:GetLogEvents",
    ]),
  );
});
