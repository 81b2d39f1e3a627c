import { readFile } from "node:fs/promises";
import { z } from "zod";
import type { ExternalWitnessConfig } from "./external-config.js";

/** What an endpoint says at one moment. */
export interface Slo {
  /** Since whenever; only grows, until its source is started anew. */
  readonly commands: number;
  readonly failed: number;
  /** Of the last while, as the endpoint sees it. */
  readonly p99Ms: number;
}

const TIMEOUT_MS = 5000;
const count = z.number().min(0);
const sloAnswer = z.object({ commands: count, failed: count, p99Ms: z.number().min(0).default(0) });
const prometheusAnswer = z.object({
  status: z.literal("success"),
  data: z.object({ result: z.array(z.object({ value: z.tuple([z.number(), z.string()]) })) }),
});

/**
 * Asks once.
 * @throws Error when the answer does not come within 5 s or is none of the documented ones
 */
export async function readSlo(config: ExternalWitnessConfig, signal: AbortSignal): Promise<Slo> {
  const get = await jsonGetter(config, signal);
  if (config.kind === "json") return sloAnswer.parse(await get(new URL(config.url)));
  const number = async (query: string): Promise<number> => {
    const url = new URL(`${config.url.replace(/\/$/, "")}/api/v1/query`);
    url.searchParams.set("query", query);
    const { data } = prometheusAnswer.parse(await get(url));
    const [, value] = data.result[0]?.value ?? [];
    // A query without a series: nothing was counted yet. `NaN` is what a quantile of nothing gives.
    if (value === undefined || value === "NaN") return 0;
    return z.coerce.number().min(0).parse(value);
  };
  const { commands, failed, p99Ms } = config;
  const [all, bad, p99] = await Promise.all([
    number(commands),
    number(failed),
    p99Ms === undefined ? 0 : number(p99Ms),
  ]);
  return { commands: all, failed: bad, p99Ms: p99 };
}

async function jsonGetter(
  { tokenFile }: ExternalWitnessConfig,
  signal: AbortSignal,
): Promise<(url: URL) => Promise<unknown>> {
  // Read at every question: tokens are renewed.
  const token = tokenFile === undefined ? undefined : (await readFile(tokenFile, "utf8")).trim();
  return async (url) => {
    const reply = await fetch(url, {
      headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
      signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
    });
    if (!reply.ok) throw new Error(`${url.host} answered ${reply.status}`);
    return reply.json();
  };
}
