import { describe, expect, it } from "vitest";
import { describePlacement, renderPlacement, type ShownPlacement } from "../../../src/cli/render-placement.js";
import type { Finding, Placement } from "../../../src/cluster/types.js";

const place = (pod: string, host: string, zone: string): Placement => ({ pod, host, zone });

const spread = (a: number, b: number): ShownPlacement["before"] => ({
  primaries: 3,
  hosts: new Map([
    ["a", a],
    ["b", b],
  ]),
  zones: new Map([["z", 3]]),
});

const SHOWN: ShownPlacement = {
  cluster: "rc",
  handovers: [
    {
      slots: [{ start: 0, end: 5460 }],
      from: place("rc-0", "a", "z"),
      to: place("rc-3", "b", "z"),
      reason: "host a holds 3 of 3 primaries, b 0",
    },
  ],
  before: spread(3, 0),
  after: spread(2, 1),
  limits: ["host a keeps 2 of 3 primaries, which hand-overs alone cannot better"],
};

const BLOCK: Finding = { id: "replica.link", status: "fail", severity: "block", evidence: "10.0.0.5: link is down" };

describe("where the primaries stand", () => {
  it("is shown with who would hand over to whom and why, before and after, and the command", () => {
    const text = renderPlacement(SHOWN, {
      result: "planned",
      command: "evenkeel place --execute",
      blockedBy: [BLOCK],
    });
    expect(text).toMatchInlineSnapshot(`
      "slots   from         to           why
      0-5460  rc-0 (a, z)  rc-3 (b, z)  host a holds 3 of 3 primaries, b 0

      primaries  before  after
      host a          3      2
      host b          0      1
      zone z          3      3

      - host a keeps 2 of 3 primaries, which hand-overs alone cannot better
      - it would be refused now: replica.link: 10.0.0.5: link is down; see evenkeel check pre

      1 hand-over. Nothing was changed. To run it: evenkeel place --execute
      "
    `);
  });

  it("is shown as done, with what still is not well", () => {
    const finding: Finding = { ...BLOCK, id: "placement.majority", evidence: "host a holds 2 of 3 primaries" };
    const text = renderPlacement(SHOWN, { result: "placed", findings: [finding] });
    expect(text).toMatchInlineSnapshot(`
      "slots   from         to           why
      0-5460  rc-0 (a, z)  rc-3 (b, z)  host a holds 3 of 3 primaries, b 0

      primaries  before  after
      host a          3      2
      host b          0      1
      zone z          3      3

      - host a keeps 2 of 3 primaries, which hand-overs alone cannot better
      - still blocks: placement.majority: host a holds 2 of 3 primaries

      1 hand-over done
      "
    `);
  });

  it("is shown when nothing is left to do", () => {
    const text = renderPlacement({ ...SHOWN, handovers: [], after: SHOWN.before }, { result: "nothing" });
    expect(text).toMatchInlineSnapshot(`
      "nothing to do: no hand-over betters where the primaries of rc stand

      primaries  before  after
      host a          3      3
      host b          0      0
      zone z          3      3

      - host a keeps 2 of 3 primaries, which hand-overs alone cannot better
      "
    `);
  });

  it("is plain data for machines", () => {
    expect(JSON.parse(JSON.stringify(describePlacement(SHOWN)))).toMatchObject({
      cluster: "rc",
      handovers: [{ slots: "0-5460", from: { pod: "rc-0" }, to: { pod: "rc-3", host: "b" } }],
      before: { primaries: 3, hosts: { a: 3, b: 0 }, zones: { z: 3 } },
      after: { hosts: { a: 2, b: 1 } },
    });
  });
});
