import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { runInfra, type Ended } from "./support/run-infra.js";

const FIXTURES = join(import.meta.dirname, "../../unit/infra/fixtures");
const SECRET = "not-to-be-shown";

let folder: string;
let env: Record<string, string>;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "evenkeel-infra-files-"));
  env = { PATH: process.env["PATH"] ?? "", HOME: folder };
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const run = (argv: readonly string[], more: Record<string, string> = {}): Promise<Ended> =>
  runInfra(argv, { cwd: folder, env: { ...env, ...more } });

test("without a terminal init wants the bucket's name, by account or by name", async () => {
  const asked = await run(["init"]);
  expect(asked.code).toBe(2);
  expect(asked.stderr).toContain("evenkeel infra init --yes --account");
});

test("init refuses a wrong answer before it writes anything", async () => {
  const wrong = await run(["init", "--yes", "--account", "123456789012", "--cidr", "0.0.0.0/0"]);
  expect(wrong.code).toBe(2);
  expect(wrong.stderr).toContain("0.0.0.0/0 is nearly everybody");
  expect(existsSync(join(folder, "evenkeel.infra.yaml"))).toBe(false);
});

test("init writes the file and puts the modules beside it; again it refuses", async () => {
  const admin = "arn:aws:iam::123456789012:role/admin";
  const made = await run(["init", "--yes", "--account", "123456789012", "--cidr", "203.0.113.0/24", "--admin", admin]);
  expect(made.code).toBe(0);
  expect(readFileSync(join(folder, "evenkeel.infra.yaml"), "utf8")).toContain("bucket: evenkeel-state-123456789012");
  expect(existsSync(join(folder, "infra/modules/vpc/main.tf"))).toBe(true);
  const again = await run(["init", "--yes", "--account", "123456789012"]);
  expect(again.code).toBe(3);
  expect(again.stderr).toContain("--force");
});

test("render writes what follows from the file, and --check tells when it no longer does", async () => {
  expect((await run(["render", "--check"])).code).toBe(3);
  expect((await run(["render"])).code).toBe(0);
  expect((await run(["render", "--check"])).code).toBe(0);
  appendFileSync(join(folder, "evenkeel.infra.yaml"), "    nat: single\n");
  const stale = await run(["render", "--check", "--output", "json"]);
  expect(stale.code).toBe(3);
  expect(stale.json()).toMatchObject({
    files: expect.arrayContaining([
      { path: "infra/environments/production/terraform.tfvars.json", change: "stale" },
    ]) as unknown,
  });
  await run(["render"]);
});

test("cost prints every environment, and how old the prices are", async () => {
  const { stdout, code } = await run(["cost"]);
  expect(code).toBe(0);
  expect(stdout).toContain("demo in us-east-1, USD a month");
  expect(stdout).toMatch(/prices: the oldest was seen \d{4}-\d\d-\d\d, \d+ days ago/u);
});

test("a foreign plan that opens a port to everybody is refused with exit code 3, and a waiver lets it pass", async () => {
  const plan = JSON.parse(readFileSync(join(FIXTURES, "demo-plan.json"), "utf8")) as { resource_changes: unknown[] };
  const after = {
    cidr_ipv4: "0.0.0.0/0",
    from_port: 6379,
    to_port: 6379,
    ip_protocol: "tcp",
    tags: {},
    tags_all: null,
  };
  const rule = {
    address: "aws_vpc_security_group_ingress_rule.redis",
    mode: "managed",
    type: "aws_vpc_security_group_ingress_rule",
    name: "redis",
  };
  plan.resource_changes.push({
    ...rule,
    change: { actions: ["create"], before: null, after, after_unknown: { tags_all: true } },
  });
  writeFileSync(join(folder, "plan.json"), JSON.stringify(plan));
  const blocked = await run(["policy", "demo", "--plan", "plan.json"]);
  expect(blocked.code).toBe(3);
  expect(blocked.stdout).toContain("aws_vpc_security_group_ingress_rule.redis: 0.0.0.0/0 may reach port 6379");
  expect(blocked.stdout).toContain("fix: name the networks");
  const waiver =
    "waivers: [{ rule: ingress-open, resource: '*.redis', reason: an experiment of one day, until: '2999-01-01' }]\n";
  appendFileSync(join(folder, "evenkeel.infra.yaml"), waiver);
  const waived = await run(["policy", "demo", "--plan", "plan.json"]);
  expect(waived.code).toBe(0);
  expect(waived.stdout).toContain("waived until 2999-01-01: an experiment of one day");
});

test("doctor tells what fails and what to do, and shows no secret", async () => {
  const nowhere = "http://127.0.0.1:1";
  const seen = await run(["doctor", "--output", "json"], {
    AWS_ACCESS_KEY_ID: "AKIAEXAMPLE",
    AWS_SECRET_ACCESS_KEY: SECRET,
    AWS_ENDPOINT_URL_S3: nowhere,
    AWS_ENDPOINT_URL_STS: nowhere,
    AWS_ENDPOINT_URL_SERVICE_QUOTAS: nowhere,
  });
  expect(seen.code).toBe(3);
  const { findings } = seen.json() as { findings: { id: string; status: string }[] };
  const status = Object.fromEntries(findings.map((finding) => [finding.id, finding.status]));
  expect(status).toMatchObject({
    terraform: "pass",
    roots: "pass",
    credentials: "pass",
    "state-bucket": "fail",
    "demo/account": "fail",
    "demo/quota-vcpu": "unknown",
  });
  expect(seen.stdout + seen.stderr).not.toContain(SECRET);
});

test("without terraform a plan ends with exit code 2 and says where to get it", async () => {
  const missing = await run(["plan", "demo"], { PATH: folder });
  expect(missing.code).toBe(2);
  expect(missing.stderr).toContain("https://developer.hashicorp.com/terraform/install");
});

test("a missing file, and a misspelt environment, are answered with the next command", async () => {
  expect((await run(["plan", "--file", "none.yaml"])).stderr).toContain("evenkeel infra init makes one");
  expect((await run(["plan", "prodution"])).stderr).toContain("did you mean production?");
});
