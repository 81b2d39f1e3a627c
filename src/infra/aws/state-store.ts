import type { InfraFile } from "../environment/schema.js";
import { parseLockJson, type LockInfo } from "../terraform/lock-info.js";
import { awsHost, refusedError, sendSigned, type AwsAnswer, type AwsTarget } from "./aws-client.js";
import type { Credentials } from "./credentials.js";
import { textOf } from "./xml.js";

/** Whose a bucket is. */
export type BucketState = "missing" | "present" | "foreign" | "elsewhere";

/** One kept version of an object. */
export interface ObjectVersion {
  readonly versionId: string;
  /** ISO 8601. */
  readonly at: string;
  readonly bytes: number;
  readonly latest: boolean;
}

/** The locks of one state, where each kind was found. */
export interface FoundLocks {
  readonly s3?: LockInfo;
  readonly dynamodb?: LockInfo;
}

/** Reads what is in the state bucket and the lock table. Never writes: that is Terraform's. */
export interface StateStore {
  /** @throws EvenkeelError `AWS_UNREACHABLE`, `AWS_CREDENTIALS` */
  findBucket(): Promise<BucketState>;
  /** @returns undefined when there is none */
  readObject(key: string, versionId?: string): Promise<string | undefined>;
  /** Versions of one object, newest first. */
  listVersions(key: string): Promise<readonly ObjectVersion[]>;
  findLocks(key: string): Promise<FoundLocks>;
}

export interface StateStoreOptions {
  readonly state: InfraFile["state"];
  readonly credentials: Credentials;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly signal?: AbortSignal;
}

function readVersions(body: string, key: string): readonly ObjectVersion[] {
  return Array.from(body.matchAll(/<Version>([\s\S]*?)<\/Version>/gu), ([, entry = ""]) => entry)
    .filter((entry) => textOf(entry, "Key") === key)
    .map((entry) => ({
      versionId: textOf(entry, "VersionId"),
      at: textOf(entry, "LastModified"),
      bytes: Number(textOf(entry, "Size")),
      latest: textOf(entry, "IsLatest") === "true",
    }));
}

/** Opens the store that an environment file names. */
export function openStateStore({ state, credentials, env, signal }: StateStoreOptions): StateStore {
  const { bucket, region, table, lock } = state;
  const own = state.endpoints?.s3 ?? env["AWS_ENDPOINT_URL_S3"];
  // A bucket with dots in its name has no certificate of its own.
  const base =
    own === undefined && !bucket.includes(".")
      ? `https://${bucket}.${awsHost("s3", region)}`
      : `${own ?? `https://${awsHost("s3", region)}`}/${bucket}`;
  const dynamodb =
    state.endpoints?.dynamodb ?? env["AWS_ENDPOINT_URL_DYNAMODB"] ?? `https://${awsHost("dynamodb", region)}`;
  const target: Omit<AwsTarget, "service"> = { credentials, region, ...(signal === undefined ? {} : { signal }) };

  const ask = (
    method: "GET" | "HEAD",
    path: string,
    query: Readonly<Record<string, string>> = {},
  ): Promise<AwsAnswer> => {
    const url = new URL(`${base}/${path.split("/").map(encodeURIComponent).join("/")}`);
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
    return sendSigned({ method, url }, { ...target, service: "s3" });
  };

  const readObject = async (key: string, versionId?: string): Promise<string | undefined> => {
    const answer = await ask("GET", key, versionId === undefined ? {} : { versionId });
    if (answer.status === 404) return undefined;
    if (answer.status !== 200) throw refusedError(`read ${key} in bucket ${bucket}`, answer);
    return answer.body;
  };

  const readTableLock = async (key: string): Promise<LockInfo | undefined> => {
    const body = JSON.stringify({ TableName: table, ConsistentRead: true, Key: { LockID: { S: `${bucket}/${key}` } } });
    const headers = { "content-type": "application/x-amz-json-1.0", "x-amz-target": "DynamoDB_20120810.GetItem" };
    const answer = await sendSigned(
      { method: "POST", url: new URL(`${dynamodb}/`), headers, body },
      { ...target, service: "dynamodb" },
    );
    if (answer.status !== 200) throw refusedError(`read the lock table ${table}`, answer);
    const { Item } = JSON.parse(answer.body) as { Item?: { Info?: { S?: string } } };
    return parseLockJson(Item?.Info?.S ?? "");
  };

  return {
    findBucket: async () => {
      const answer = await ask("HEAD", "");
      if (answer.status === 404) return "missing";
      if (answer.status === 403) return "foreign";
      if (answer.status === 301 || answer.status === 307) return "elsewhere";
      if (answer.status === 200) return "present";
      throw refusedError(`look for bucket ${bucket}`, answer);
    },
    readObject,
    listVersions: async (key) => {
      const answer = await ask("GET", "", { versions: "", prefix: key });
      if (answer.status !== 200) throw refusedError(`list the versions of ${key} in bucket ${bucket}`, answer);
      return readVersions(answer.body, key);
    },
    findLocks: async (key) => {
      const s3 = lock === "dynamodb" ? undefined : parseLockJson((await readObject(`${key}.tflock`)) ?? "");
      const inTable = lock === "s3" ? undefined : await readTableLock(key);
      return { ...(s3 === undefined ? {} : { s3 }), ...(inTable === undefined ? {} : { dynamodb: inTable }) };
    },
  };
}
