import type { WitnessReport } from "../ports/witness.js";
import type { ClusterClient, ConnectOptions } from "./clients/cluster-client.js";
import { CONNECT } from "./clients/connect-client.js";
import { connectLoadClient, type LoadClient } from "./connect-load-client.js";
import { keepExpiring } from "./keep-expiring.js";
import { startLoad, type LoadResult } from "./load.js";
import { everyKey, keyCount, readBack, type NamedLedger, type ReadBackResult } from "./read-back.js";
import { runInChunks } from "./run-in-chunks.js";
import { readCredentials, type WitnessConfig } from "./witness-config.js";
import type { WitnessMessage } from "./witness-message.js";

export interface RunWitnessOptions {
  readonly emit: (message: WitnessMessage) => void;
  /** For people who look for a reason: errors of the libraries that belong to no command. */
  readonly log: (text: string, error: unknown) => void;
  /** Aborted when the load shall end and be read back. */
  readonly finish: AbortSignal;
}

const PENDING_MAX_MS = 30_000;
/** Read-back and clean-up: time to wait out a failover, and a rate that every cluster reaches. */
const READ_BASE_MS = 60_000;
const READ_KEYS_PER_MS = 2;
const PROGRESS_MS = 1000;
const IDLE_NAME = "ioredis-idle";

/**
 * The witness's whole run: connect, load, read back, report.
 * @throws EvenkeelError `WITNESS_NOT_CONNECTED`, `WITNESS_INCOMPLETE`, `WITNESS_PASSWORD_FILE`
 */
export async function runWitness(config: WitnessConfig, options: RunWitnessOptions): Promise<void> {
  const connect: ConnectOptions = {
    seeds: config.seeds,
    ...(await readCredentials(config)),
    onError: (error) => options.log("client", error),
  };
  const { busy, idle } = await connectAll(config, connect);
  const everyone = [...busy, ...idle];
  // ioredis retries what fails while a node restarts: the steadiest of the three for work that is no evidence.
  const admin = await CONNECT.ioredis(connect);
  options.emit({ type: "started", clients: everyone.map(({ name }) => name) });

  const load = startLoad(busy, idle, {
    ratePerSecond: config.rate,
    idleSeconds: config.idleSeconds,
    ttlSeconds: config.ttlSeconds,
    windowMs: config.windowMs,
    onWindow: (window) => options.emit({ type: "window", ...window }),
  });
  const expiring =
    config.ttlSeconds === 0
      ? undefined
      : keepExpiring(admin, everyone, {
          ttlSeconds: config.ttlSeconds,
          onError: (error) => options.log("time to live", error),
        });
  await loadEnd(config.forSeconds, options.finish);
  const result = await load.stop(PENDING_MAX_MS);
  for (const { client } of everyone) client.close();
  await expiring?.stop();
  admin.close();

  const reader = await CONNECT.ioredis(connect);
  const found = await readEverything(reader, everyone, options);
  if (config.cleanup) await cleanUp(reader, everyone, options);
  reader.close();
  options.emit({ type: "report", ...buildReport(result, found) });
}

async function connectAll(
  config: WitnessConfig,
  connect: ConnectOptions,
): Promise<{ busy: readonly LoadClient[]; idle: readonly LoadClient[] }> {
  const shared = { ...connect, run: config.run, deadlineMs: config.connectSeconds * 1000 };
  const [busy, idle] = await Promise.all([
    Promise.all(config.clients.map((name) => connectLoadClient(name, { ...shared, name }))),
    config.idleSeconds === 0 ? undefined : connectLoadClient("ioredis", { ...shared, name: IDLE_NAME }),
  ]);
  return { busy, idle: idle === undefined ? [] : [idle] };
}

/** Resolves when the time is up or the end is asked for. */
async function loadEnd(forSeconds: number | undefined, finish: AbortSignal): Promise<void> {
  if (finish.aborted) return;
  await new Promise<void>((resolve) => {
    const timer = forSeconds === undefined ? undefined : setTimeout(resolve, forSeconds * 1000);
    finish.addEventListener(
      "abort",
      () => {
        clearTimeout(timer);
        resolve();
      },
      { once: true },
    );
  });
}

async function readEverything(
  reader: ClusterClient,
  ledgers: readonly NamedLedger[],
  options: RunWitnessOptions,
): Promise<ReadBackResult> {
  return withProgress("read-back", ledgers, options, (limits) => readBack((key) => reader.get(key), ledgers, limits));
}

/** What cannot be removed is told and left: the report is worth more. */
async function cleanUp(
  reader: ClusterClient,
  ledgers: readonly NamedLedger[],
  options: RunWitnessOptions,
): Promise<void> {
  try {
    await withProgress("clean-up", ledgers, options, (limits) =>
      runInChunks(everyKey(ledgers), ({ key }) => reader.unlink(key), { what: "remove", ...limits }),
    );
  } catch (error) {
    options.log("clean-up", error);
  }
}

/** Tells once a second how far it is, also while nothing moves: silence would mean that the witness is gone. */
async function withProgress<T>(
  what: "read-back" | "clean-up",
  ledgers: readonly NamedLedger[],
  options: RunWitnessOptions,
  work: (limits: { deadlineMs: number; onDone: (done: number) => void }) => Promise<T>,
): Promise<T> {
  const total = keyCount(ledgers);
  let done = 0;
  const tell = () => options.emit({ type: "progress", what, done, total });
  tell();
  const timer = setInterval(tell, PROGRESS_MS);
  try {
    const deadlineMs = READ_BASE_MS + total / READ_KEYS_PER_MS;
    return await work({ deadlineMs: Math.round(deadlineMs), onDone: (count) => (done = count) });
  } finally {
    clearInterval(timer);
    tell();
  }
}

function buildReport(load: LoadResult, found: ReadBackResult): WitnessReport {
  const clients = Object.entries(load.clients).map(([name, totals]) => {
    const { lost, doubled } = found.clients[name] ?? { lost: 0, doubled: 0 };
    return [name, { ...totals, lost, doubled }] as const;
  });
  return {
    ...load.all,
    lost: found.lost,
    doubled: found.doubled,
    seconds: load.seconds,
    selfLagMs: load.selfLagMs,
    lostKeys: found.lostKeys,
    doubledKeys: found.doubledKeys,
    clients: Object.fromEntries(clients),
  };
}
