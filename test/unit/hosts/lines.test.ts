import { describe, expect, it } from "vitest";
import { createLinesHost } from "../../../src/hosts/lines.js";
import type { Event } from "../../../src/ports/event-sink.js";
import { eventAt, windowOf } from "../events/events.js";

function print(events: readonly Event[], options = {}): string[] {
  const lines: string[] = [];
  const host = createLinesHost({ write: (text: string) => lines.push(text) }, options);
  for (const event of events) host.notify(event);
  return lines;
}

describe("plain lines", () => {
  it("have a time, a mark for what is not well, and no control codes", () => {
    expect(
      print([
        eventAt(0, "POD_STARTING", { pod: "rc-0" }, { message: "rc-0 \u001B[31mstarts\u0007" }),
        eventAt(1000, "WARNING", {}, { message: "slow disk" }),
      ]),
    ).toEqual(["03:04:05 rc-0  [31mstarts \n", "03:04:06 warning: slow disk\n"]);
  });

  it("leave out what the command line prints itself, what is for machines, and checks that passed", () => {
    expect(
      print([
        eventAt(0, "RESULT", { result: 1 }),
        eventAt(0, "ERROR", { code: "X", owner: "bug", retryable: false }),
        eventAt(0, "TOPOLOGY", { shards: [] }),
        eventAt(0, "CHECK_FINDING", { id: "a", status: "pass", severity: "block", evidence: "ok" }),
      ]),
    ).toEqual([]);
  });

  it("say the progress of a wait every five seconds, each wait for itself", () => {
    const wait = (atMs: number, span: string): Event =>
      eventAt(atMs, "WAIT_PROGRESS", { for: "it", elapsedMs: atMs, deadlineMs: 60_000 }, { span, message: "waiting" });
    const lines = print([wait(1000, "a"), wait(1000, "b"), wait(2000, "a"), wait(5900, "a"), wait(6000, "a")]);
    expect(lines).toEqual([
      "03:04:06 waiting (1.0 s of 60.0 s)\n",
      "03:04:06 waiting (1.0 s of 60.0 s)\n",
      "03:04:11 waiting (6.0 s of 60.0 s)\n",
    ]);
  });

  it("sum up the load between two lines, so that no failure is left out", () => {
    const at = (atMs: number, failed: number): Event =>
      eventAt(atMs, "WITNESS_WINDOW", windowOf({ commands: 200, failed, p99Ms: failed === 0 ? 1 : 90 }));
    expect(print([at(0, 0), at(1000, 3), at(2000, 0), at(5000, 0)])).toEqual([
      "03:04:05 load 200/s, p99 1 ms, failed 0\n",
      "03:04:10 load 200/s, p99 90 ms, failed 3\n",
    ]);
  });

  it("are only warnings and errors when asked to be quiet", () => {
    const lines = print([eventAt(0, "POD_STARTING", { pod: "rc-0" }), eventAt(0, "WARNING", {}, { message: "look" })], {
      verbosity: "warnings",
    });
    expect(lines).toEqual(["03:04:05 warning: look\n"]);
  });
});
