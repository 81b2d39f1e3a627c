import { afterEach, describe, expect, it } from "vitest";
import type { WitnessWindow } from "../../../src/ports/witness.js";
import { parseExternalConfig } from "../../../src/witness/external/external-config.js";
import { startExternalWitness } from "../../../src/witness/external/start-external-witness.js";
import { serveSlo, type SloEndpoint } from "../../support/serve-slo.js";

let endpoint: SloEndpoint | undefined;
afterEach(() => endpoint?.close());

async function serve(answer: (url: URL) => object | number): Promise<string> {
  endpoint = await serveSlo(answer);
  return endpoint.url;
}

const nextWindow = (witness: { onWindow(listener: (window: WitnessWindow) => void): void }): Promise<WitnessWindow> =>
  new Promise((resolve) => witness.onWindow(resolve));

describe("an external witness that answers JSON", () => {
  it("makes windows of what its counters grew by, and a report of their sum", async () => {
    let commands = 1000;
    const url = await serve(() => ({ commands: (commands += 100), failed: commands >= 1300 ? 7 : 5, p99Ms: 12 }));
    const witness = await startExternalWitness(parseExternalConfig({ kind: "json", url, everyMs: 200 }));
    expect(await nextWindow(witness)).toMatchObject({ commands: 100, failed: 0, p99Ms: 12 });
    const report = await witness.finish();
    expect(report).toMatchObject({ commands: 200, failed: 2, p99Ms: 12, errors: { failed: 2 } });
    expect(await witness.ended).toEqual(report);
  });

  it("whose source is started anew: counts from nothing, not below it", async () => {
    const answers = [
      { commands: 900, failed: 90 },
      { commands: 40, failed: 1 },
    ];
    const url = await serve(() => answers.shift() ?? { commands: 40, failed: 1 });
    const witness = await startExternalWitness(parseExternalConfig({ kind: "json", url, everyMs: 200 }));
    expect(await nextWindow(witness)).toMatchObject({ commands: 40, failed: 1 });
    await witness.abort();
    await expect(witness.ended).rejects.toMatchObject({ code: "WITNESS_ABORTED" });
  });

  it("that stops answering gives no windows: silence is no good news", async () => {
    let healthy = true;
    const url = await serve(() => (healthy ? { commands: 1, failed: 0 } : 503));
    const witness = await startExternalWitness(parseExternalConfig({ kind: "json", url, everyMs: 200 }));
    healthy = false;
    await new Promise((resolve) => setTimeout(resolve, 700));
    expect(witness.windows()).toEqual([]);
    await witness.abort();
  });

  it("that never gives a usable answer is refused with the reason", async () => {
    const url = await serve(() => ({ commands: "many" }));
    const starting = startExternalWitness(parseExternalConfig({ kind: "json", url }), { connectSeconds: 1 });
    await expect(starting).rejects.toMatchObject({ code: "WITNESS_NOT_CONNECTED", hint: `curl ${url}` });
  });
});

describe("an external witness that asks Prometheus", () => {
  it("takes each number from a query of its own; a query without a series counts nothing", async () => {
    const series: Record<string, string> = { all: "500", p99: "0.25" };
    const url = await serve((asked) => {
      const value = series[asked.searchParams.get("query") ?? ""];
      const result = value === undefined ? [] : [{ metric: {}, value: [1, value] }];
      return { status: "success", data: { resultType: "vector", result } };
    });
    const config = { kind: "prometheus", url, commands: "all", failed: "bad", p99Ms: "p99", everyMs: 200 };
    const witness = await startExternalWitness(parseExternalConfig(config));
    series["all"] = "620";
    series["bad"] = "3";
    expect(await nextWindow(witness)).toMatchObject({ commands: 120, failed: 3, p99Ms: 0.25 });
    await witness.abort();
  });
});

it("a description with wrong fields is refused, each by its name", () => {
  expect(() => parseExternalConfig({ kind: "json", url: "ftp://x", every: 1 })).toThrow(/url: .*every/s);
});
