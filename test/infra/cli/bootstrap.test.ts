import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openInfraFolder, type InfraFolder } from "./support/infra-folder.js";
import type { BucketAnswer } from "./support/versioned-store.js";

const KEY = "bootstrap/terraform.tfstate";

let infra: InfraFolder;
let answer: BucketAnswer | undefined;

const root = (name: string): string => join(infra.folder, "infra/bootstrap", name);

/** The offline provider makes no bucket: the store shows it once terraform's state says that it was made. */
const bucketAnswer = (): BucketAnswer => {
  if (answer !== undefined) return answer;
  const local = existsSync(root("terraform.tfstate")) ? readFileSync(root("terraform.tfstate"), "utf8") : "";
  return local.includes("aws_s3_bucket") || infra.cloud.object(KEY) !== undefined ? 200 : 404;
};

beforeAll(async () => {
  infra = await openInfraFolder(bucketAnswer);
});
afterAll(() => infra.close());

test.each([
  [403, "belongs to somebody else", "BUCKET_TAKEN"],
  [301, "in another region", "BUCKET_ELSEWHERE"],
  [200, "was not made by evenkeel", "BUCKET_NOT_OURS"],
] as const)("a bucket that answers %s and is not ours is refused: %s", async (status, sentence, code) => {
  answer = status;
  const refused = await infra.run("bootstrap", "--execute", "--output", "json");
  answer = undefined;
  expect(refused.code).toBe(3);
  expect(refused.stderr).toContain(sentence);
  expect(refused.json()).toMatchObject({ error: { code } });
  expect(existsSync(root("terraform.tfstate"))).toBe(false);
});

test("without --execute it only says what it would make", async () => {
  const told = await infra.run("bootstrap");
  expect(told.code).toBe(0);
  expect(told.stdout).toContain("created   module.backend.aws_s3_bucket.state");
  expect(told.stdout).toContain("next: evenkeel infra bootstrap --execute");
  expect(infra.cloud.object(KEY)).toBeUndefined();
});

test("it makes the bucket and moves its own state in; killed before the move, it goes on from the local state", async () => {
  // What a run that was killed between apply and move leaves behind.
  const { must } = infra.terraform;
  await must(join(infra.folder, "infra/bootstrap"), ["apply", "-input=false", "-auto-approve"], infra.env);
  expect(existsSync(root("terraform.tfstate"))).toBe(true);

  const resumed = await infra.run("bootstrap", "--execute", "--output", "json");
  expect(resumed.code).toBe(0);
  expect(resumed.json()).toMatchObject({ step: "resume", applied: true, summary: { created: 0, destroyed: 0 } });
  expect(infra.cloud.object(KEY)?.toString()).toContain('"aws_s3_bucket"');
  expect(existsSync(root("terraform.tfstate"))).toBe(false);
  expect(readFileSync(root("backend.tf"), "utf8")).toContain('backend "s3"');
});

test("again it finds everything in place and changes nothing", async () => {
  const again = await infra.run("bootstrap", "--execute", "--output", "json");
  expect(again.code).toBe(0);
  expect(again.json()).toMatchObject({ step: "update", summary: { entries: [] } });
});

test("killed in the middle of the move, with the state in both places, it ends the move", async () => {
  writeFileSync(root("terraform.tfstate"), infra.cloud.object(KEY) ?? "");
  const ended = await infra.run("bootstrap", "--execute", "--output", "json");
  expect(ended.json()).toMatchObject({ step: "migrate", summary: { entries: [] } });
  expect(existsSync(root("terraform.tfstate"))).toBe(false);
});
