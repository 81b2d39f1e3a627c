import { setTimeout as sleep } from "node:timers/promises";
import { EvenkeelError } from "../errors/evenkeel-error.js";
import { createClientLedger, type ClientLedger } from "./client-ledger.js";
import type { ClusterClient, ConnectOptions } from "./clients/cluster-client.js";
import { CONNECT } from "./clients/connect-client.js";
import { errorClass } from "./error-class.js";
import type { Library } from "./witness-config.js";

/** A connected client with the record of what it wrote. */
export interface LoadClient {
  readonly name: string;
  readonly client: ClusterClient;
  readonly ledger: ClientLedger;
}

interface LoadClientOptions extends ConnectOptions {
  readonly name: string;
  readonly run: string;
  readonly deadlineMs: number;
}

/** So many keys lie in every shard of a usual cluster, so that the load begins with all connections made. */
const PROOF_KEYS = 16;
const PROOF_TTL_SECONDS = 60;
const RETRY_MS = 250;

/**
 * Connects a client and writes a few keys with it, until that works.
 * @throws EvenkeelError `WITNESS_NOT_CONNECTED` that names the client, when it did not work within `deadlineMs`
 */
export async function connectLoadClient(library: Library, options: LoadClientOptions): Promise<LoadClient> {
  const prefix = `evenkeel:witness:${options.run}:${options.name}`;
  let lastError: unknown;
  const expired = new AbortController();
  const attempts = (async () => {
    let client: ClusterClient | undefined;
    while (!expired.signal.aborted) {
      try {
        client ??= await CONNECT[library](options);
        await writeProof(client, prefix);
        return client;
      } catch (error) {
        lastError = error;
        await sleep(RETRY_MS);
      }
    }
    client?.close();
    return undefined;
  })();
  const deadline = sleep(options.deadlineMs, undefined, { signal: expired.signal }).catch(() => undefined);
  const client = await Promise.race([attempts, deadline]);
  expired.abort();
  if (client !== undefined) return { name: options.name, client, ledger: createClientLedger(prefix) };
  throw notConnected(options, lastError);
}

async function writeProof(client: ClusterClient, prefix: string): Promise<void> {
  const keys = Array.from({ length: PROOF_KEYS }, (_, index) => `${prefix}:start:${index}`);
  await Promise.all(keys.map((key) => client.set(key, "1", PROOF_TTL_SECONDS)));
  await Promise.all(keys.map((key) => client.unlink(key)));
}

function notConnected(options: LoadClientOptions, lastError: unknown): EvenkeelError {
  const seeds = options.seeds.map(({ address, port }) => `${address}:${port}`).join(", ");
  const reason = lastError === undefined ? "no answer" : errorClass(lastError);
  return new EvenkeelError(
    `${options.name} got no command through within ${options.deadlineMs / 1000} s (${reason}); seeds: ${seeds}`,
    {
      code: "WITNESS_NOT_CONNECTED",
      owner: "environment",
      retryable: true,
      hint: "check that the cluster is healthy and that the addresses and the password are right",
      cause: lastError,
    },
  );
}
