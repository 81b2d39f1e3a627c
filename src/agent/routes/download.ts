import { createWriteStream } from "node:fs";
import { get } from "node:http";
import { pipeline } from "node:stream/promises";
import { TOKEN_HEADER } from "../../cluster/constants.js";
import type { SnapshotName } from "./snapshot.js";

/** Where the agent at an address shows a snapshot in its volume. */
export function snapshotUrl(address: string, port: number, { set, shard }: SnapshotName): string {
  const host = address.includes(":") ? `[${address}]` : address;
  return `http://${host}:${port}/snapshot?set=${encodeURIComponent(set)}&shard=${shard}`;
}

/** Fetches a snapshot from the agent that has it. Rejects when it refuses, or when the file breaks off. */
export function download(url: string, token: string, file: string): Promise<void> {
  return new Promise((resolve, reject) => {
    get(url, { headers: { [TOKEN_HEADER]: token } }, (response) => {
      if (response.statusCode === 200) pipeline(response, createWriteStream(file)).then(resolve, reject);
      else reject(new Error(`the agent that has the snapshot answered ${response.statusCode}`));
    }).on("error", reject);
  });
}
