import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { findCredentials, needCredentials } from "../../../../src/infra/aws/credentials.js";

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "evenkeel-aws-"));
  mkdirSync(join(home, ".aws"));
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

const env = (more: Record<string, string> = {}): Record<string, string> => ({
  HOME: home,
  PATH: "/usr/bin:/bin",
  ...more,
});

test("keys in the environment come first", async () => {
  const found = await findCredentials(
    env({ AWS_ACCESS_KEY_ID: "id", AWS_SECRET_ACCESS_KEY: "secret", AWS_SESSION_TOKEN: "t" }),
  );
  expect(found).toMatchObject({ accessKeyId: "id", secretAccessKey: "secret", sessionToken: "t" });
});

test("then the keys of the profile", async () => {
  writeFileSync(
    join(home, ".aws/credentials"),
    "[default]\naws_access_key_id = a\naws_secret_access_key = b\n[work]\naws_access_key_id=c\naws_secret_access_key=d\n",
  );
  expect(await findCredentials(env())).toMatchObject({ accessKeyId: "a", from: "profile default" });
  expect(await findCredentials(env({ AWS_PROFILE: "work" }))).toMatchObject({ accessKeyId: "c" });
});

test("then the profile's own program", async () => {
  const answer = JSON.stringify({ Version: 1, AccessKeyId: "e", SecretAccessKey: "f", SessionToken: "g" });
  writeFileSync(join(home, "answer.json"), answer);
  writeFileSync(join(home, ".aws/config"), `[profile sso]\ncredential_process = cat ${join(home, "answer.json")}\n`);
  expect(await findCredentials(env({ AWS_PROFILE: "sso" }))).toMatchObject({ accessKeyId: "e", sessionToken: "g" });
});

test("without any the error says what to do", async () => {
  await expect(needCredentials(env({ PATH: home }))).rejects.toThrow("there are no AWS credentials");
});
