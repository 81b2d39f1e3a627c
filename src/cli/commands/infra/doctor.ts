import { existsSync } from "node:fs";
import { join } from "node:path";
import { EXIT, type ExitCode } from "../../../errors/evenkeel-error.js";
import { findCredentials, type Credentials } from "../../../infra/aws/credentials.js";
import { findIdentity, findQuota } from "../../../infra/aws/look-around.js";
import { openStateStore } from "../../../infra/aws/state-store.js";
import { INSTANCE_TYPES } from "../../../infra/capacity/instance-types.js";
import { judgeQuota, look, quotaNeeds, type DoctorFinding } from "../../../infra/doctor/doctor.js";
import { countNodes, type Environment } from "../../../infra/environment/resolve-environment.js";
import { findTerraform } from "../../../infra/terraform/find-terraform.js";
import { createPaint } from "../../../hosts/paint.js";
import type { CommandContext } from "../../context.js";
import { openFile, type InfraOptions, type OpenFile } from "./open-file.js";
import { writeRendered } from "./write-rendered.js";

const TIMEOUT_MS = 5000;
const NO_CREDENTIALS = { status: "unknown", evidence: "without credentials it cannot be seen" } as const;

async function lookHere({ io }: CommandContext, open: OpenFile): Promise<readonly DoctorFinding[]> {
  const roots = [open.file.state.root, ...open.environments.map(({ root }) => root)];
  const missing = roots.filter((root) => !existsSync(join(open.folder, root)));
  const stale = writeRendered(open, { check: true }).filter(({ change }) => change === "stale");
  return [
    await look("terraform", async () => {
      const { path, version } = await findTerraform(io.env);
      return { status: "pass", evidence: `${version} at ${path}` };
    }),
    missing.length === 0
      ? { id: "roots", status: "pass", evidence: `${roots.length} Terraform roots are there` }
      : {
          id: "roots",
          status: "fail",
          evidence: `missing: ${missing.join(", ")}`,
          advice: "evenkeel infra init --modules",
        },
    stale.length === 0
      ? { id: "rendered", status: "pass", evidence: "variables and backend files are up to date" }
      : {
          id: "rendered",
          status: "warn",
          evidence: `not up to date: ${stale.length} files`,
          advice: "evenkeel infra render",
        },
  ];
}

async function lookAtState(context: CommandContext, open: OpenFile, credentials: Credentials): Promise<DoctorFinding> {
  const { io, signal } = context;
  const { state } = open.file;
  return look("state-bucket", async () => {
    const found = await openStateStore({ state, credentials, env: io.env, signal }).findBucket();
    if (found === "present") return { status: "pass", evidence: `${state.bucket} is there` };
    const evidence = `${state.bucket}: ${found}`;
    if (found === "missing") return { status: "warn", evidence, advice: "evenkeel infra bootstrap" };
    return { status: "fail", evidence, advice: "correct state.bucket and state.region" };
  });
}

async function lookAtAccount(
  context: CommandContext,
  environment: Environment,
  credentials: Credentials,
): Promise<readonly DoctorFinding[]> {
  const { io, signal } = context;
  const target = { credentials, region: environment.region, signal, timeoutMs: TIMEOUT_MS };
  const { nodes, accountIds } = environment;
  const vcpuPerNode = INSTANCE_TYPES[nodes.instanceTypes[0] ?? ""]?.vcpu ?? 0;
  const needs = quotaNeeds({
    vcpuPerNode,
    nodes: countNodes(environment).max,
    spot: nodes.capacity === "spot",
    gateways: environment.nat === "per-zone" ? environment.zones.length : 1,
  });
  const named = (finding: DoctorFinding): DoctorFinding => ({ ...finding, id: `${environment.id}/${finding.id}` });
  const looks = [
    look("account", async () => {
      const { account, arn } = await findIdentity(target, io.env);
      const right = accountIds.length === 0 || accountIds.includes(account);
      const evidence = `${account} as ${arn}`;
      if (right) return { status: "pass", evidence };
      return { status: "fail", evidence, advice: `wanted is ${accountIds.join(" or ")}: set AWS_PROFILE` };
    }),
    ...needs.map((need) =>
      look(need.id, async () => judgeQuota(need, await findQuota(need, target, io.env)), "unknown"),
    ),
  ];
  return (await Promise.all(looks)).map(named);
}

function render(findings: readonly DoctorFinding[], { color }: CommandContext): string {
  const paint = createPaint(color);
  const styles = { pass: "green", warn: "yellow", fail: "red", unknown: "dim" } as const;
  return findings
    .map(({ id, status, evidence, advice }) => {
      const line = `${paint(styles[status], status.padEnd(8))}${id}: ${evidence}\n`;
      return advice === undefined || status === "pass" ? line : `${line}        ${paint("bold", "do:")} ${advice}\n`;
    })
    .join("");
}

/** Looks at what the other commands need: versions, files, credentials, quotas. Exit code 3 when something fails. */
export async function run(context: CommandContext, options: InfraOptions): Promise<ExitCode> {
  const open = openFile(context, options);
  const here = await lookHere(context, open);
  const credentials = await findCredentials(context.io.env);
  if (credentials !== undefined) context.mask(credentials.secretAccessKey);
  const there: readonly DoctorFinding[] =
    credentials === undefined
      ? [
          {
            id: "credentials",
            status: "fail",
            evidence: "there are no AWS credentials",
            advice: "set AWS_PROFILE, or sign in: aws sso login",
          },
          { id: "state-bucket", ...NO_CREDENTIALS },
        ]
      : [
          { id: "credentials", status: "pass", evidence: `from ${credentials.from}` },
          await lookAtState(context, open, credentials),
          ...(await Promise.all(open.environments.map((one) => lookAtAccount(context, one, credentials)))).flat(),
        ];
  const findings = [...here, ...there];
  const failed = findings.filter(({ status }) => status === "fail").length;
  context.printResult(render(findings, context), { result: failed > 0 ? "failed" : "passed", findings });
  return failed > 0 ? EXIT.refused : EXIT.done;
}
