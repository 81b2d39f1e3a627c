import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { EvenkeelError } from "../../errors/evenkeel-error.js";

type Env = Readonly<Record<string, string | undefined>>;

/** Keys for AWS. Never shown, never logged. */
export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
  /** Where they were found, for people. */
  readonly from: string;
}

const TIMEOUT_MS = 20_000;

/** The sections of an AWS configuration file; `[profile x]` and `[x]` alike. */
function parseIni(text: string): ReadonlyMap<string, ReadonlyMap<string, string>> {
  const sections = new Map<string, Map<string, string>>();
  let section = new Map<string, string>();
  for (const line of text.split(/\r?\n/u)) {
    const name = /^\s*\[(?:profile\s+)?([^\]]+)\]/u.exec(line)?.[1]?.trim();
    const [, key, value] = /^\s*([\w-]+)\s*=\s*(.*?)\s*$/u.exec(line) ?? [];
    if (name !== undefined) {
      section = sections.get(name) ?? new Map<string, string>();
      sections.set(name, section);
    } else if (key !== undefined && value !== undefined) section.set(key, value);
  }
  return sections;
}

async function readSection(file: string, profile: string): Promise<ReadonlyMap<string, string> | undefined> {
  try {
    return parseIni(await readFile(file, "utf8")).get(profile);
  } catch {
    return undefined;
  }
}

function fromKeys(keys: Readonly<Record<string, string | undefined>>, from: string): Credentials | undefined {
  const { id, secret, token } = keys;
  if (id === undefined || id === "" || secret === undefined || secret === "") return undefined;
  return {
    accessKeyId: id,
    secretAccessKey: secret,
    from,
    ...(token === undefined || token === "" ? {} : { sessionToken: token }),
  };
}

/** The shape that `credential_process` and the AWS CLI print. */
function fromProcess(stdout: string, from: string): Credentials | undefined {
  const { AccessKeyId, SecretAccessKey, SessionToken } = JSON.parse(stdout) as Readonly<Record<string, string>>;
  return fromKeys({ id: AccessKeyId, secret: SecretAccessKey, token: SessionToken }, from);
}

async function askProgram(
  file: string,
  args: readonly string[],
  env: Env,
  from: string,
): Promise<Credentials | undefined> {
  try {
    const { stdout } = await promisify(execFile)(file, [...args], { env, timeout: TIMEOUT_MS });
    return fromProcess(stdout, from);
  } catch {
    return undefined;
  }
}

async function fromProfile(env: Env): Promise<Credentials | undefined> {
  const profile = env["AWS_PROFILE"] ?? env["AWS_DEFAULT_PROFILE"] ?? "default";
  const home = join(env["HOME"] ?? homedir(), ".aws");
  const shared = await readSection(env["AWS_SHARED_CREDENTIALS_FILE"] ?? join(home, "credentials"), profile);
  const config = await readSection(env["AWS_CONFIG_FILE"] ?? join(home, "config"), profile);
  for (const section of [shared, config]) {
    const keys = {
      id: section?.get("aws_access_key_id"),
      secret: section?.get("aws_secret_access_key"),
      token: section?.get("aws_session_token"),
    };
    const found = fromKeys(keys, `profile ${profile}`);
    if (found !== undefined) return found;
  }
  const command = shared?.get("credential_process") ?? config?.get("credential_process");
  // AWS defines it as a line for the shell.
  const shell = process.platform === "win32" ? ["cmd", "/c"] : ["sh", "-c"];
  if (command !== undefined) return askProgram(shell[0] ?? "", [shell[1] ?? "", command], env, `profile ${profile}`);
  return undefined;
}

/**
 * Finds credentials as Terraform does, as far as that is light: the environment, a profile's keys or its `credential_process`,
 * and for everything else (single sign-on, roles, instance profiles) the AWS CLI where there is one.
 * @returns undefined when there are none
 */
export async function findCredentials(env: Env): Promise<Credentials | undefined> {
  const direct = fromKeys(
    { id: env["AWS_ACCESS_KEY_ID"], secret: env["AWS_SECRET_ACCESS_KEY"], token: env["AWS_SESSION_TOKEN"] },
    "the environment (AWS_ACCESS_KEY_ID)",
  );
  return (
    direct ??
    (await fromProfile(env)) ??
    (await askProgram("aws", ["configure", "export-credentials", "--format", "process"], env, "the AWS CLI"))
  );
}

/**
 * The same, where they are needed.
 * @throws EvenkeelError `AWS_CREDENTIALS`
 */
export async function needCredentials(env: Env): Promise<Credentials> {
  const found = await findCredentials(env);
  if (found !== undefined) return found;
  throw new EvenkeelError("there are no AWS credentials", {
    code: "AWS_CREDENTIALS",
    owner: "environment",
    hint: "set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY; with single sign-on the AWS CLI is needed too: aws sso login",
  });
}
