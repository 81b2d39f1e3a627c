import { setTimeout as sleep } from "node:timers/promises";
import { EvenkeelError } from "../../errors/evenkeel-error.js";
import type { RunningWitness, WitnessReport, WitnessWindow } from "../../ports/witness.js";
import type { ExternalWitnessConfig } from "./external-config.js";
import { readSlo, type Slo } from "./read-slo.js";

export interface ExternalWitnessOptions {
  readonly signal?: AbortSignal;
  /** The endpoint must have answered within this long. @default 15 */
  readonly connectSeconds?: number;
}

/** The name under which its commands are shown. */
const NAME = "external";
const RETRY_MS = 500;
const CONNECT_SECONDS = 15;

/**
 * A witness that somebody else runs: an endpoint is asked again and again how the clients fare. It knows of no single command, so
 * it finds no lost write. While it does not answer there are no windows, and without windows nobody may go on.
 * @returns once it has answered
 * @throws EvenkeelError `WITNESS_NOT_CONNECTED`, `WITNESS_ABORTED`
 */
export async function startExternalWitness(
  config: ExternalWitnessConfig,
  { signal, connectSeconds = CONNECT_SECONDS }: ExternalWitnessOptions = {},
): Promise<RunningWitness> {
  const ending = new AbortController();
  const abort = (): void => ending.abort();
  signal?.addEventListener("abort", abort, { once: true });
  if (signal?.aborted) abort();
  const first = await firstAnswer(config, { signal: ending.signal, connectSeconds });
  return poll(config, { first, ending });
}

async function firstAnswer(
  config: ExternalWitnessConfig,
  { signal, connectSeconds }: { readonly signal: AbortSignal; readonly connectSeconds: number },
): Promise<Slo> {
  const end = performance.now() + connectSeconds * 1000;
  let cause: unknown;
  while (!signal.aborted && performance.now() < end) {
    try {
      return await readSlo(config, signal);
    } catch (error) {
      cause = error;
      await sleep(RETRY_MS, undefined, { signal }).catch(() => undefined);
    }
  }
  if (signal.aborted) throw aborted();
  throw new EvenkeelError(
    `the external witness ${new URL(config.url).host} gave no usable answer within ${connectSeconds} s: ${reasonOf(cause)}`,
    {
      code: "WITNESS_NOT_CONNECTED",
      owner: "environment",
      retryable: true,
      hint: `curl ${config.url}`,
      cause,
    },
  );
}

function poll(
  config: ExternalWitnessConfig,
  { first, ending }: { readonly first: Slo; readonly ending: AbortController },
): RunningWitness {
  const startedMs = performance.now();
  const windows: WitnessWindow[] = [];
  const listeners: ((window: WitnessWindow) => void)[] = [];
  let before = first;
  let windowMs = startedMs;
  let gone: EvenkeelError | undefined;

  async function ask(): Promise<void> {
    const now = await readSlo(config, ending.signal).catch(() => undefined);
    if (now === undefined || ending.signal.aborted) return;
    const endMs = performance.now();
    const window = toWindow(before, now, { atMs: windowMs - startedMs, durationMs: endMs - windowMs });
    before = now;
    windowMs = endMs;
    windows.push(window);
    for (const listener of listeners) listener(window);
  }

  const ended = (async (): Promise<WitnessReport> => {
    while (!ending.signal.aborted) {
      await sleep(config.everyMs, undefined, { signal: ending.signal }).catch(() => undefined);
      if (!ending.signal.aborted) await ask();
    }
    if (gone !== undefined) throw gone;
    return toReport(windows, (performance.now() - startedMs) / 1000);
  })();
  ended.catch(() => undefined);

  return {
    windows: () => windows,
    onWindow: (listener) => void listeners.push(listener),
    ended,
    async finish() {
      // What happened since the last question belongs to the report.
      await ask();
      ending.abort();
      return ended;
    },
    async abort() {
      gone = aborted();
      ending.abort();
      await ended.catch(() => undefined);
    },
  };
}

const aborted = (): EvenkeelError =>
  new EvenkeelError("the witness was aborted", { code: "WITNESS_ABORTED", owner: "user" });
const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** A counter that fell was started anew: what it shows now is what happened since. */
const grown = (before: number, now: number): number => (now >= before ? now - before : now);

/** The endpoint does not say why. */
const errorsOf = (failed: number): Readonly<Record<string, number>> => (failed === 0 ? {} : { failed });

function toWindow(before: Slo, now: Slo, { atMs, durationMs }: { atMs: number; durationMs: number }): WitnessWindow {
  const commands = grown(before.commands, now.commands);
  const failed = Math.min(commands, grown(before.failed, now.failed));
  const errors = errorsOf(failed);
  return {
    atMs,
    durationMs,
    commands,
    failed,
    p50Ms: 0,
    p99Ms: now.p99Ms,
    maxMs: now.p99Ms,
    oldestPendingMs: 0,
    selfLagMs: 0,
    errors,
    clients: { [NAME]: { commands, failed, errors } },
  };
}

function toReport(windows: readonly WitnessWindow[], seconds: number): WitnessReport {
  const sum = (of: (window: WitnessWindow) => number): number => windows.reduce((total, one) => total + of(one), 0);
  const failed = sum((window) => window.failed);
  const totals = {
    commands: sum((window) => window.commands),
    failed,
    lost: 0,
    doubled: 0,
    longestStallMs: Math.max(0, ...windows.map((window) => window.maxMs)),
    p99Ms: Math.max(0, ...windows.map((window) => window.p99Ms)),
    errors: errorsOf(failed),
  };
  return { ...totals, seconds, selfLagMs: 0, lostKeys: [], doubledKeys: [], clients: { [NAME]: totals } };
}
