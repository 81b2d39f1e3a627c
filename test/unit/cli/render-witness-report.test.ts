import { expect, it } from "vitest";
import { renderWitnessReport } from "../../../src/cli/render-witness-report.js";

const totals = { commands: 61_234, failed: 0, lost: 0, doubled: 0, longestStallMs: 43.2, p99Ms: 1.84, errors: {} };

it("has a row for each client, one for all, and names the keys that were lost", () => {
  const worse = { ...totals, failed: 2, lost: 1, errors: { "Disconnects client": 2 } };
  const report = {
    ...totals,
    commands: 122_468,
    failed: 2,
    lost: 1,
    seconds: 60,
    selfLagMs: 3,
    lostKeys: ["evenkeel:witness:a:7"],
    doubledKeys: [],
    clients: { ioredis: totals, "node-redis": worse },
  };
  expect(renderWitnessReport(report)).toMatchInlineSnapshot(`
    "client      commands  failed  lost  doubled  longest stall     p99  errors
    ioredis       61,234       0     0        0          43 ms  1.8 ms
    node-redis    61,234       2     1        0          43 ms  1.8 ms  Disconnects client: 2
    all          122,468       2     1        0          43 ms  1.8 ms
    lost: evenkeel:witness:a:7
    "
  `);
});
