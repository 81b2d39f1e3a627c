import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import type { KubeApi } from "../api/connect.js";
import { readBody } from "../api/transport.js";

export interface FollowLogOptions {
  readonly pod: string;
  readonly container: string;
  /** Ends the following. */
  readonly signal: AbortSignal;
  /** Told of every line once, in order. */
  readonly onLine: (line: string) => void;
  /** True once the container has ended: what the log holds then is all that it will ever hold. */
  readonly ended: () => Promise<boolean>;
}

/** The writer says something at least every second; a connection that is silent for longer is a dead one. */
const SILENT_MS = 15_000;
const AGAIN_MS = 500;
/** A stream of the API server has no length limit of its own. */
const NO_LIMIT = 0;

/**
 * Follows a container's log through the API server until the container has ended and all of it was read. A broken connection is
 * made again; lines with a `seq` are told once, whatever is sent again.
 */
export async function followLog(api: KubeApi, options: FollowLogOptions): Promise<void> {
  const reader = createReader(options.onLine);
  while (!options.signal.aborted) {
    // Asked first: what is written between the last read and the container's end must be read, too.
    const ended = await options.ended().catch(() => false);
    const whole = await read(api, options, { reader, follow: !ended });
    if (ended && whole) return;
    await sleep(AGAIN_MS, undefined, { signal: options.signal }).catch(() => undefined);
  }
}

/** @returns true when the stream came to its own end */
async function read(
  api: KubeApi,
  { pod, container, signal }: FollowLogOptions,
  { reader, follow }: { readonly reader: LogReader; readonly follow: boolean },
): Promise<boolean> {
  const query = new URLSearchParams({ container, follow: String(follow), timestamps: "true" });
  const since = reader.since();
  if (since !== undefined) query.set("sinceTime", since);
  const broken = new AbortController();
  const stop = (): void => broken.abort();
  signal.addEventListener("abort", stop, { once: true });
  let watchdog: NodeJS.Timeout | undefined;
  const alive = (): void => {
    clearTimeout(watchdog);
    watchdog = setTimeout(stop, SILENT_MS);
  };
  alive();
  try {
    const response = await api.open(`/api/v1/namespaces/${api.namespace}/pods/${pod}/log?${query.toString()}`, {
      timeoutMs: NO_LIMIT,
      signal: broken.signal,
    });
    // Its end is told by `complete`; a broken connection must not end the process.
    response.on("error", () => undefined);
    if (response.statusCode !== 200) {
      await readBody(response);
      return false;
    }
    for await (const line of createInterface({ input: response, crlfDelay: Infinity })) {
      alive();
      reader.take(line);
    }
    return response.complete;
  } catch {
    return false;
  } finally {
    clearTimeout(watchdog);
    signal.removeEventListener("abort", stop);
  }
}

export interface LogReader {
  /** From when on lines are needed; the kubelet knows whole seconds only. */
  since(): string | undefined;
  /** @param line with the kubelet's time in front */
  take(line: string): void;
}

/** Drops what it was told before. Lines without a number are told as they come: nobody counts them. */
export function createReader(onLine: (line: string) => void): LogReader {
  let lastSeq = 0;
  let lastTime: string | undefined;
  return {
    since: () => lastTime?.replace(/\.\d+/, ""),
    take(line) {
      const [, time, text] = /^(\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:\d\d)) (.*)$/.exec(line) ?? [];
      if (time === undefined || text === undefined) return;
      const seq = seqOf(text);
      if (seq === undefined) {
        // Sent again with the second that it was written in.
        if (lastTime === undefined || time > lastTime) onLine(text);
      } else if (seq > lastSeq) {
        lastSeq = seq;
        onLine(text);
      }
      if (lastTime === undefined || time > lastTime) lastTime = time;
    },
  };
}

function seqOf(text: string): number | undefined {
  if (!text.startsWith("{")) return undefined;
  try {
    const { seq } = JSON.parse(text) as { seq?: unknown };
    return typeof seq === "number" ? seq : undefined;
  } catch {
    // A line that was cut when the connection broke: it is sent again.
    return undefined;
  }
}
