import { spawn } from "node:child_process";
import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { signRequest } from "../../../src/infra/aws/sign-request.js";
import { KEYS } from "../support/cloud/loopback-cloud.js";
import { openInfraFolder, type InfraFolder } from "./support/infra-folder.js";
import { runInfra } from "./support/run-infra.js";

const KEY = "demo/terraform.tfstate";

let infra: InfraFolder;
beforeAll(async () => {
  infra = await openInfraFolder();
});
afterAll(() => infra.close());

const tfplan = (): string => join(infra.folder, "home/infra/demo/tfplan");

test("plan keeps the plan for its owner alone and says what it means", async () => {
  const planned = await infra.run("plan", "demo", "--output", "json");
  expect(planned.stderr).toContain("plan: done");
  expect(planned.code).toBe(0);
  const { summary, policy } = planned.json() as {
    summary: { created: number; destroyed: number; consequences: unknown[] };
    policy: { blocking: number };
  };
  expect(summary.created).toBeGreaterThan(40);
  expect(summary).toMatchObject({ changed: 0, replaced: 0, destroyed: 0, consequences: [] });
  expect(policy.blocking).toBe(0);
  expect(statSync(tfplan()).mode & 0o777).toBe(0o600);
});

test("the policy passes on our own demo", async () => {
  const judged = await infra.run("policy", "demo");
  expect(judged.stdout).toMatch(/0 block/u);
  expect(judged.code).toBe(0);
});

test("apply without --execute changes nothing", async () => {
  const told = await infra.run("apply", "demo");
  expect(told.code).toBe(0);
  expect(told.stdout).toContain("nothing was applied; next: evenkeel infra apply demo --execute");
  expect(infra.cloud.object(KEY)).toBeUndefined();
});

test("a changed environment file makes the kept plan stale", async () => {
  infra.write("    logRetentionDays: 14");
  const refused = await infra.run("apply", "demo", "--execute");
  expect(refused.code).toBe(3);
  expect(refused.stderr).toContain("evenkeel infra plan demo");
  infra.write();
});

test("of two applies at once one builds what was planned, and the other is refused and told who holds the lock", async () => {
  const apply = () => infra.run("apply", "demo", "--execute", "--output", "json");
  const [first, second] = (await Promise.all([apply(), apply()])).toSorted((a, b) => a.code - b.code);
  expect(first?.code).toBe(0);
  expect(first?.json()).toMatchObject({ applied: true });
  expect(first?.stderr).toMatch(/create module\.vpc.*: done/u);
  expect(infra.cloud.object(KEY)).toBeDefined();
  expect(second?.code).toBe(3);
  const { error } = (second?.json() ?? {}) as {
    error: { code: string; hint: string; details: { lock: { who: string } } };
  };
  expect(error.code).toBe("STATE_LOCKED");
  expect(error.details.lock.who).toMatch(/.+@.+/u);
  expect(error.hint).toContain("evenkeel infra unlock demo");
});

test("planned again there are no changes", async () => {
  const again = await infra.run("plan", "demo");
  expect(again.stdout).toBe("demo: no changes\n");
});

async function untilLocked(): Promise<void> {
  for (let i = 0; infra.cloud.object(`${KEY}.tflock`) === undefined && i < 1000; i += 1) await sleep(20);
}

test("Ctrl-C stops an apply where it is safe: the lock is given back and the state is written", async () => {
  infra.write("    nodes: { diskGib: 55 }");
  expect((await infra.run("plan", "demo")).code).toBe(0);
  const { folder, env } = infra;
  const stopped = await runInfra(["apply", "demo", "--execute"], { cwd: folder, env, interrupted: untilLocked() });
  expect(stopped.code).toBe(130);
  expect((await infra.run("unlock", "demo")).stdout).toBe("the state of demo is not locked\n");
  expect(JSON.parse(infra.cloud.object(KEY)?.toString() ?? "")).toHaveProperty("lineage");
});

test("a killed apply leaves a lock: unlock shows it, and releases it only when its id is given", async () => {
  infra.write("    tags: { Owner: platform }");
  expect((await infra.run("plan", "demo")).code).toBe(0);
  const child = spawn(infra.terraform.program, ["apply", "-input=false", tfplan()], {
    cwd: join(infra.folder, "infra/environments/demo"),
    env: infra.env,
    stdio: "ignore",
  });
  await untilLocked();
  child.kill("SIGKILL");
  await new Promise((done) => child.once("close", done));

  const shown = await infra.run("unlock", "demo", "--output", "json");
  expect(shown.code).toBe(0);
  const { lock, heldIn, released } = shown.json() as { lock: { id: string }; heldIn: string[]; released: boolean };
  expect(released).toBe(false);
  expect(heldIn).toContain("s3");
  expect(infra.cloud.object(`${KEY}.tflock`)).toBeDefined();

  const wrong = await infra.run("unlock", "demo", "--lock", "00000000-0000-0000-0000-000000000000");
  expect(wrong.code).toBe(3);
  const right = await infra.run("unlock", "demo", "--lock", lock.id);
  expect(right.stdout).toContain("released; next: evenkeel infra plan demo");
  expect((await infra.run("unlock", "demo")).stdout).toBe("the state of demo is not locked\n");
});

test("a lock that was taken in one of two places is released too", async () => {
  const { s3 } = /s3 *= "(?<s3>[^"]+)"/u.exec(infra.cloud.backendFile(KEY))?.groups ?? {};
  const url = new URL(`${s3}/${infra.cloud.bucket}/${KEY}.tflock`);
  const body = JSON.stringify({
    ID: "11111111-2222-3333-4444-555555555555",
    Who: "ana@laptop",
    Created: "2026-11-23T05:20:18Z",
  });
  const credentials = {
    accessKeyId: KEYS.AWS_ACCESS_KEY_ID,
    secretAccessKey: KEYS.AWS_SECRET_ACCESS_KEY,
    from: "test",
  };
  const options = { credentials, region: KEYS.AWS_REGION, service: "s3", nowMs: Date.now() };
  const headers = signRequest({ method: "PUT", url, body }, options);
  expect((await fetch(url, { method: "PUT", headers, body })).status).toBe(200);

  const shown = await infra.run("unlock", "demo");
  expect(shown.stdout).toMatch(/by +ana@laptop[\s\S]*held in +the bucket's lock file\n/u);
  const released = await infra.run("unlock", "demo", "--lock", "11111111-2222-3333-4444-555555555555");
  expect(released.code).toBe(0);
  expect(infra.cloud.object(`${KEY}.tflock`)).toBeUndefined();
});

test("a larger disk rolls the nodes, and is applied", async () => {
  infra.write("    nodes: { diskGib: 60 }\n    interfaceEndpoints: true");
  const larger = await infra.run("plan", "demo");
  expect(larger.stdout).toMatch(/pods move +module\.eks\.\S+aws_launch_template/u);
  expect((await infra.run("apply", "demo", "--execute")).code).toBe(0);
});

test("an old version of the state is listed, and brought back as the newest", async () => {
  const listed = await infra.run("state", "versions", "demo", "--output", "json");
  const { versions } = listed.json() as {
    versions: { versionId: string; serial: number; resources: number; latest: boolean }[];
  };
  const oldest = versions.at(-1);
  const [newest] = versions;
  expect(newest?.latest).toBe(true);
  expect(oldest?.resources).toBeLessThan(newest?.resources ?? 0);

  const told = await infra.run("state", "restore", oldest?.versionId ?? "", "demo");
  expect(told.stdout).toContain("no longer known");
  const restored = await infra.run(
    "state",
    "restore",
    oldest?.versionId ?? "",
    "demo",
    "--execute",
    "--output",
    "json",
  );
  expect(restored.stderr).toContain("push: done");
  expect(restored.json()).toMatchObject({ restored: true });
  const present = JSON.parse(infra.cloud.object(KEY)?.toString() ?? "{}") as { serial: number; resources: unknown[] };
  expect(present.serial).toBeGreaterThan(newest?.serial ?? 0);
  expect(existsSync(join(infra.folder, "home/infra/demo/restore.tfstate"))).toBe(false);

  const back = await infra.run("state", "restore", newest?.versionId ?? "", "demo", "--execute");
  expect(back.code).toBe(0);
});
