import { execFileSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { EVENTS } from "../../../src/events/registry.js";

describe("the registry of events", () => {
  it.each(Object.entries(EVENTS))("%s is named and described for readers", (code, { description, data }) => {
    expect(code).toMatch(/^[A-Z]+(_[A-Z]+)*$/u);
    expect(description).toMatch(/^[A-Z].*\.$/u);
    for (const meaning of Object.values(data)) expect(meaning).not.toBe("");
  });

  it("is what docs/events.md says", () => {
    expect(() => execFileSync(process.execPath, ["scripts/docs.mjs", "--check"], { stdio: "pipe" })).not.toThrow();
  });
});
