import { Writable } from "node:stream";
import { stripVTControlCharacters } from "node:util";
import { describe, expect, it } from "vitest";
import { chooseHost } from "../../../src/hosts/choose-host.js";
import { createTtyHost } from "../../../src/hosts/tty.js";
import { eventAt } from "../events/events.js";

function terminal(columns = 80): { stream: NodeJS.WriteStream; text: () => string } {
  let text = "";
  const stream = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      text += chunk.toString();
      done();
    },
  });
  return {
    stream: Object.assign(stream, { isTTY: true, columns, rows: 40 }) as unknown as NodeJS.WriteStream,
    text: () => text,
  };
}

describe("the live view", () => {
  it("keeps a line of what ended, draws what lasts, and gives the cursor back", () => {
    const { stream, text } = terminal();
    const before = process.listenerCount("exit");
    const host = createTtyHost(stream, { color: false, frameMs: 1_000_000 });
    host.notify(eventAt(0, "RUN_STARTED", { command: "up", version: "1", processId: 1 }));
    host.notify(eventAt(0, "WAIT_STARTED", { for: "peace", deadlineMs: 1000 }));
    host.notify(eventAt(0, "ENGINE_READY", { engine: "redis@7.0.15", path: "/r" }, { message: "found an engine" }));
    host.close();
    host.close();
    const seen = stripVTControlCharacters(text());
    expect(seen).toContain("03:04:05 found an engine");
    expect(seen).toContain("waiting for peace");
    expect(text().endsWith("\u001B[?25h")).toBe(true);
    expect(process.listenerCount("exit")).toBe(before);
  });

  it.each([
    ["a pipe", { isTTY: false }, {}],
    ["a dumb terminal", { isTTY: true }, { TERM: "dumb" }],
    ["a CI", { isTTY: true }, { CI: "true" }],
  ])("becomes plain lines on %s", async (_name, more, env) => {
    const lines: string[] = [];
    const host = await chooseHost(
      { write: (text: string) => lines.push(text), ...more },
      { env, color: false, quiet: false },
    );
    host.notify(eventAt(0, "NOTICE", {}, { message: "hello" }));
    host.close();
    expect(lines).toEqual(["03:04:05 hello\n"]);
  });
});
