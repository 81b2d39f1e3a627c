import type { WitnessReport } from "../../../src/ports/witness.js";
import { type ClientLibrary, type ClientReport, PROMISED, startClients } from "./clients.js";
import type { Release } from "./release.js";
import { flawsOfWitness, startWitness, type StartWitnessOptions } from "./witness.js";

export interface UnderLoad {
  readonly witness: WitnessReport;
  readonly clients: readonly ClientReport[];
}

/** Where pods look names up. */
async function resolverOf(release: Release): Promise<string> {
  return release.kubectl(
    "exec",
    "rc-0",
    "-c",
    "agent",
    "--",
    "node",
    "-p",
    'fs.readFileSync("/etc/resolv.conf","utf8")',
  );
}

const QUIET_MS = 2000;
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** What clients need where the cluster has a password or TLS. */
export interface LoadCredentials {
  readonly clientFlags: readonly string[];
  readonly witness: StartWitnessOptions;
}

/** Does something while clients of every language are at work, and reads everything back afterwards. */
export async function underLoad(
  release: Release,
  change: () => Promise<void>,
  credentials?: LoadCredentials,
  libraries: readonly ClientLibrary[] = PROMISED,
): Promise<UnderLoad> {
  const witness = await startWitness(release, credentials?.witness);
  try {
    const clients = await startClients({
      seeds: await release.seeds(),
      libraries,
      rate: 50,
      flags: credentials?.clientFlags ?? [],
      resolver: await resolverOf(release),
    });
    try {
      await pause(QUIET_MS);
      await change();
      await pause(QUIET_MS);
      const reports = await clients.finish();
      return { clients: reports, witness: await witness.finish() };
    } catch (error) {
      clients.kill();
      throw error;
    }
  } catch (error) {
    await witness.abort();
    throw error;
  }
}

/** What clients saw that they should not have. */
export const seenBy = ({ witness, clients }: UnderLoad): object => ({
  ...flawsOfWitness(witness),
  ...Object.fromEntries(clients.map(({ library, errors, lost, doubled }) => [library, { errors, lost, doubled }])),
});

const NOTHING = { errors: {}, lost: 0, doubled: 0 } as const;

/** What is seen when nobody notices anything. */
export const nobodyNoticed = (libraries: readonly ClientLibrary[]): object =>
  Object.fromEntries(
    ["ioredis", "ioredis-idle", "iovalkey", "node-redis", ...libraries].map((name) => [name, NOTHING]),
  );

/** The same of the libraries that are always at work. */
export const NOBODY_NOTICED = nobodyNoticed(PROMISED);

/** The slowest command of all, in milliseconds; what the load programs themselves were late is left out. */
export function slowestMs({ witness, clients }: UnderLoad): number {
  return Math.max(
    witness.longestStallMs - witness.selfLagMs,
    ...clients.map(({ worstMs, selfLagMs }) => worstMs - selfLagMs),
  );
}
