import { expect, it } from "vitest";
import { countFindings, renderFindings } from "../../../src/cli/render-findings.js";
import type { Finding } from "../../../src/cluster/types.js";

const FINDINGS: readonly Finding[] = [
  { id: "disk.free", status: "fail", severity: "warn", subject: "rc-1", evidence: "12 % free", advice: "make room" },
  { id: "slots.covered", status: "pass", severity: "block", evidence: "16384 of 16384" },
  { id: "replica.link", status: "fail", severity: "block", subject: "rc-4", evidence: "link down for 12 s" },
];

it("shows what failed, blocking first, then counts", () => {
  expect(countFindings(FINDINGS)).toEqual({ passed: 1, warnings: 1, blocking: 1 });
  expect(renderFindings(FINDINGS, { color: false })).toMatchInlineSnapshot(`
    "block  replica.link (rc-4)
           link down for 12 s
    warn   disk.free (rc-1)
           12 % free
           do: make room
    1 passed, 1 warn, 1 block
    "
  `);
});
