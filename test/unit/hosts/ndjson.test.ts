import { readFileSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createNdjsonHost } from "../../../src/hosts/ndjson.js";
import { makeFolder } from "../cli/make-folder.js";
import { eventAt } from "../events/events.js";

describe("the events file", () => {
  it("holds a line for every event, appends, and is its owner's alone", () => {
    const file = join(makeFolder(), "run.ndjson");
    const events = [eventAt(0, "NOTICE", {}, { message: "one\ntwo" }), eventAt(1, "TOPOLOGY", { shards: [] })];
    for (const event of events) {
      const host = createNdjsonHost(file);
      host.notify(event);
      host.close();
      host.close();
      host.notify(event);
    }
    const lines = readFileSync(file, "utf8").split("\n");
    expect(lines.slice(0, -1).map((line) => JSON.parse(line) as unknown)).toEqual(events);
    expect(lines.at(-1)).toBe("");
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  it("names the file that cannot be written", () => {
    const file = join(tmpdir(), "evenkeel-no-such-folder", "run.ndjson");
    expect(() => createNdjsonHost(file)).toThrow(
      expect.objectContaining({ code: "EVENTS_FILE_UNWRITABLE", exitCode: 2 }),
    );
  });
});
