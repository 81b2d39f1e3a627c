import { createServer, request, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { LoopbackCloud } from "../../support/cloud/loopback-cloud.js";

/** How the store answers to a look at the bucket itself. */
export type BucketAnswer = 200 | 403 | 404 | 301;

export interface VersionedStore {
  /** Endpoints for the environment file. */
  readonly s3: string;
  readonly dynamodb: string;
  readonly close: () => Promise<void>;
}

const endpointIn = (cloud: LoopbackCloud, name: string): URL =>
  new URL(new RegExp(`${name} = "([^"]+)"`, "u").exec(cloud.backendFile("any"))?.[1] ?? "");

const versionId = (at: number): string => `version-${at}`;

function listVersions(cloud: LoopbackCloud, key: string): string {
  const bodies = [...cloud.versions(key), ...[cloud.object(key)].filter((body) => body !== undefined)];
  const entries = bodies
    .map((body, at) =>
      [
        `<Version><Key>${key}</Key><VersionId>${versionId(at)}</VersionId>`,
        `<IsLatest>${String(at === bodies.length - 1)}</IsLatest><LastModified>2026-11-23T00:00:0${at}.000Z</LastModified>`,
        `<ETag>&quot;x&quot;</ETag><Size>${body.length}</Size></Version>`,
      ].join(""),
    )
    .toReversed();
  return `<?xml version="1.0"?><ListVersionsResult>${entries.join("")}</ListVersionsResult>`;
}

/**
 * The loopback S3 with what it lacks: old versions can be listed and read, and the bucket itself can be looked for. All else is
 * passed on as it came, signature and all.
 * @param bucketAnswer asked at each look for the bucket
 */
export async function startVersionedStore(
  cloud: LoopbackCloud,
  bucketAnswer: () => BucketAnswer,
): Promise<VersionedStore> {
  const behind = endpointIn(cloud, "s3");
  const own = (incoming: IncomingMessage, outgoing: ServerResponse): boolean => {
    const url = new URL(incoming.url ?? "/", behind);
    const [, , ...parts] = url.pathname.split("/");
    const key = decodeURIComponent(parts.join("/"));
    if (incoming.method === "HEAD" && key === "") {
      outgoing.writeHead(bucketAnswer()).end();
      return true;
    }
    if (url.searchParams.has("versions")) {
      outgoing
        .writeHead(200, { "content-type": "application/xml" })
        .end(listVersions(cloud, url.searchParams.get("prefix") ?? ""));
      return true;
    }
    const wanted = url.searchParams.get("versionId");
    if (wanted === null) return false;
    const kept = [...cloud.versions(key), cloud.object(key)][Number(wanted.replace(/\D/gu, ""))];
    if (kept === undefined) outgoing.writeHead(404).end();
    else outgoing.writeHead(200).end(kept);
    return true;
  };
  const server = createServer((incoming, outgoing) => {
    if (own(incoming, outgoing)) return;
    const { method, url, headers } = incoming;
    const passed = request({ host: behind.hostname, port: behind.port, method, path: url, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 500, answer.headers);
      answer.pipe(outgoing);
    });
    passed.on("error", () => outgoing.writeHead(502).end());
    incoming.pipe(passed);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    s3: `http://127.0.0.1:${port}`,
    dynamodb: endpointIn(cloud, "dynamodb").origin,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
