import { describe, expect, it } from "vitest";
import { canaryRoute } from "../../../src/agent/routes/canary.js";
import type { Agent } from "../../../src/agent/agent.js";

/** A route of an agent whose server would answer anything: what is refused was refused by the route itself. */
function routeOf(sent: unknown[]): ReturnType<typeof canaryRoute> {
  const connection = {
    call: async () => "OK",
    pipeline: async (commands: readonly unknown[]) => {
      sent.push(...commands);
      return commands.map(() => "1");
    },
  };
  const newFleet = (): unknown => ({ connection: async () => connection });
  return canaryRoute({ newFleet, config: { announceAddress: "10.0.0.1" } } as unknown as Agent);
}

describe("POST /canary", () => {
  it("lets canary keys be read and written, and commands be counted", async () => {
    const sent: unknown[] = [];
    const commands = [
      ["GET", "evenkeel:canary:{a}"],
      ["SET", "evenkeel:canary:{a}", 7, "EX", 600],
      ["INFO", "commandstats"],
    ];
    expect(await routeOf(sent)({ purpose: "write", commands })).toMatchObject({ status: 200 });
    expect(sent).toEqual(commands);
  });

  it.each([
    ["another key", ["GET", "session:1"]],
    ["a key with a value that is no number", ["SET", "evenkeel:canary:{a}", "x", "EX", 600]],
    ["a key that would stay for ever", ["SET", "evenkeel:canary:{a}", 7]],
    ["another command", ["DEL", "evenkeel:canary:{a}"]],
    ["another part of INFO", ["INFO", "all"]],
  ])("refuses %s, and sends nothing", async (_, command) => {
    const sent: unknown[] = [];
    expect(await routeOf(sent)({ purpose: "write", commands: [command] })).toMatchObject({ status: 400 });
    expect(sent).toEqual([]);
  });
});
