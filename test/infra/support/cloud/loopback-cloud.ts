import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import type { IncomingMessage } from "node:http";
import { createServer } from "node:net";
import type { AddressInfo, Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { supportPackages } from "../support-packages.js";

interface Exchange {
  readonly method: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly get: (header: string) => string;
  status: number;
  type: string;
  body: unknown;
}
type Middleware = (exchange: Exchange, next: () => Promise<void>) => Promise<void>;
interface S3Server {
  readonly middleware: Middleware[];
  readonly httpServer: Server;
  run(): Promise<unknown>;
  close(): Promise<void>;
}
type S3Constructor = new (options: Record<string, unknown>) => S3Server;
type Dynalite = (options: Record<string, unknown>) => Server;

/** s3rver knows one pair of keys; DynamoDB on loopback takes any. */
export const KEYS = { AWS_ACCESS_KEY_ID: "S3RVER", AWS_SECRET_ACCESS_KEY: "S3RVER", AWS_REGION: "us-east-1" } as const;

export interface LoopbackCloud {
  readonly bucket: string;
  readonly table: string;
  /** A `*.s3.tfbackend` text for this bucket. */
  readonly backendFile: (key: string, lock?: "both" | "dynamodb" | "s3") => string;
  /** Replaced versions of an object, oldest first. */
  readonly versions: (key: string) => readonly Buffer[];
  readonly object: (key: string) => Buffer | undefined;
  readonly close: () => Promise<void>;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

const REFUSED =
  '<?xml version="1.0" encoding="UTF-8"?><Error><Code>PreconditionFailed</Code><Message>At least one of the pre-conditions you specified did not hold</Message></Error>';

/**
 * What S3 does and s3rver does not: a write with `If-None-Match: *` fails when the object exists (terraform's lock file
 * stands on it), and a replaced body is kept as a version.
 */
function conditionalWrites(folder: string, versions: string): Middleware {
  const waiting = new Map<string, Promise<void>>();
  let count = 0;
  return async (exchange, next) => {
    if (exchange.method !== "PUT" && exchange.method !== "DELETE") return next();
    const key = decodeURIComponent(exchange.path);
    const file = join(folder, `${key}._S3rver_object`);
    const before = waiting.get(key);
    const { promise, resolve } = withResolvers();
    waiting.set(key, promise);
    await before;
    try {
      if (exchange.method === "PUT" && exchange.get("if-none-match") === "*" && existsSync(file)) {
        Object.assign(exchange, { status: 412, type: "application/xml", body: REFUSED });
        return;
      }
      if (existsSync(file)) {
        const kept = join(versions, key);
        mkdirSync(kept, { recursive: true });
        copyFileSync(file, join(kept, String(++count).padStart(6, "0")));
      }
      await next();
    } finally {
      resolve();
    }
  };
}

function withResolvers(): { promise: Promise<void>; resolve: () => void } {
  let resolve = (): void => {};
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}

async function createTable(endpoint: string, table: string): Promise<void> {
  const answer = await fetch(endpoint, {
    method: "POST",
    headers: {
      "content-type": "application/x-amz-json-1.0",
      "x-amz-target": "DynamoDB_20120810.CreateTable",
      // Dynalite looks at the form of a signature, not at the signature.
      authorization:
        "AWS4-HMAC-SHA256 Credential=S3RVER/20260101/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=0",
      "x-amz-date": "20260101T000000Z",
    },
    body: JSON.stringify({
      TableName: table,
      BillingMode: "PAY_PER_REQUEST",
      AttributeDefinitions: [{ AttributeName: "LockID", AttributeType: "S" }],
      KeySchema: [{ AttributeName: "LockID", KeyType: "HASH" }],
    }),
  });
  if (!answer.ok) throw new Error(`no lock table on loopback: ${answer.status} ${await answer.text()}`);
}

/** S3 with conditional writes and versions, and DynamoDB with a lock table, on ports of loopback that were free. */
export async function startLoopbackCloud(): Promise<LoopbackCloud> {
  const load = await supportPackages();
  const S3rver = load("s3rver") as S3Constructor;
  const dynalite = load("dynalite") as Dynalite;
  const folder = mkdtempSync(join(tmpdir(), "evenkeel-s3-"));
  const [objects, versions] = [join(folder, "objects"), join(folder, "versions")];
  mkdirSync(objects);
  const [bucket, table] = ["tfstate", "terraform-locks"];
  const [s3Port, dynamoPort] = [await freePort(), await freePort()];

  const s3 = new S3rver({
    address: "127.0.0.1",
    port: s3Port,
    silent: true,
    directory: objects,
    configureBuckets: [{ name: bucket }],
  });
  s3.middleware.unshift(conditionalWrites(objects, versions));
  await s3.run();
  const dynamo = dynalite({ createTableMs: 0 });
  await new Promise<void>((resolve) => dynamo.listen(dynamoPort, "127.0.0.1", resolve));
  // A client that is killed in the middle of a request is what some tests are about.
  for (const server of [s3.httpServer, dynamo]) {
    server.on("request", (request: IncomingMessage) => request.on("error", () => undefined));
  }
  const endpoints = { s3: `http://127.0.0.1:${s3Port}`, dynamodb: `http://127.0.0.1:${dynamoPort}` };
  await createTable(endpoints.dynamodb, table);

  return {
    bucket,
    table,
    backendFile: (key, lock = "both") =>
      [
        `bucket = "${bucket}"`,
        `key = "${key}"`,
        'region = "us-east-1"',
        "encrypt = true",
        `use_lockfile = ${lock !== "dynamodb"}`,
        ...(lock === "s3" ? [] : [`dynamodb_table = "${table}"`]),
        `endpoints = { s3 = "${endpoints.s3}", dynamodb = "${endpoints.dynamodb}" }`,
        "use_path_style = true",
        "skip_credentials_validation = true",
        "skip_metadata_api_check = true",
        "skip_region_validation = true",
        "skip_requesting_account_id = true",
        "",
      ].join("\n"),
    versions: (key) => {
      const kept = join(versions, bucket, key);
      if (!existsSync(kept)) return [];
      const names = readdirSync(kept).filter((name) => statSync(join(kept, name)).isFile());
      return names.toSorted().map((name) => readFileSync(join(kept, name)));
    },
    object: (key) => {
      const file = join(objects, bucket, `${key}._S3rver_object`);
      return existsSync(file) ? readFileSync(file) : undefined;
    },
    close: async () => {
      await s3.close();
      await new Promise((resolve) => dynamo.close(resolve));
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
