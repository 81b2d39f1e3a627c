import { createInterface } from "node:readline";
import { parseArgs } from "node:util";
import { EvenkeelError, isEvenkeelError } from "../errors/evenkeel-error.js";
import { runWitness } from "./run-witness.js";
import { serveOrders, type WitnessOrders } from "./serve-orders.js";
import { readWitnessConfig } from "./witness-config.js";
import type { WitnessMessage } from "./witness-message.js";

/**
 * The witness's process: `node main.js --config FILE`. Standard input takes the lines `finish` and `abort`; its end means that
 * the parent is gone. In a pod the orders come by HTTP. SIGTERM is `finish`.
 */
async function main(): Promise<void> {
  const finish = new AbortController();
  process.on("SIGTERM", () => finish.abort());
  // Ctrl-C reaches the whole group of processes; what it means is the parent's decision.
  process.on("SIGINT", () => undefined);
  process.stdout.on("error", () => process.exit(1));
  process.on("uncaughtException", surviveLibraryFault);
  process.on("unhandledRejection", surviveLibraryFault);

  const config = await readWitnessConfig(configFile());
  const orders = { finish: () => finish.abort(), abort: () => process.exit(0) };
  if (config.control === "http") await serveOrders(config, orders);
  else readOrders(orders);
  await runWitness(config, { emit, log, finish: finish.signal });
  process.exit(0);
}

function readOrders({ finish, abort }: WitnessOrders): void {
  const input = createInterface({ input: process.stdin });
  input.on("line", (line) => {
    if (line === "finish") finish();
    if (line === "abort") abort();
  });
  input.on("close", () => process.exit(1));
}

function configFile(): string {
  const { values } = parseArgs({ options: { config: { type: "string" } } });
  if (values.config !== undefined) return values.config;
  throw new EvenkeelError("the witness needs a configuration", {
    code: "WITNESS_CONFIG",
    owner: "user",
    hint: "name a JSON file with --config",
  });
}

let emitted = 0;

/** Numbered: a reader that had to connect again knows which lines it has. */
function emit(message: WitnessMessage): void {
  emitted += 1;
  process.stdout.write(`${JSON.stringify({ ...message, seq: emitted })}\n`);
}

function log(text: string, error: unknown): void {
  process.stderr.write(`${text}: ${String(error)}\n`);
}

/** A library that throws from a socket's callback must not end the evidence; a fault of our own must not be hidden. */
function surviveLibraryFault(error: unknown): void {
  if (isOwnFault(error)) fail(error);
  log("library", error);
}

/** This package's code: a folder, or in a bundle the one file that is not a library. */
const OWN_CODE = /\/main\.[jt]s$/.test(import.meta.url) ? new URL("..", import.meta.url).href : import.meta.url;

/** True when the innermost frame that is not Node's own lies in this package's code. */
function isOwnFault(error: unknown): boolean {
  const frames = error instanceof Error ? (error.stack ?? "").split("\n").slice(1) : [];
  const innermost = frames.find((frame) => /^\s+at /.test(frame) && !/\(?node:/.test(frame));
  return innermost?.includes(OWN_CODE) ?? false;
}

function fail(error: unknown): never {
  emit(
    isEvenkeelError(error)
      ? { type: "error", code: error.code, message: error.message, ...(error.hint ? { hint: error.hint } : {}) }
      : {
          type: "error",
          code: "WITNESS_FAULT",
          message: error instanceof Error ? (error.stack ?? error.message) : String(error),
        },
  );
  process.exit(1);
}

await main().catch(fail);
