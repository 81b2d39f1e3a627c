import { describe, expect, it } from "vitest";
import { explain, failing, unless } from "../../../src/cluster/conditions.js";

describe("conditions", () => {
  it("hold unless something speaks against them", () => {
    expect(unless("turn", [], "held")).toEqual({ name: "turn", holds: true, reason: "held" });
    expect(unless("views", ["a is down", "b is down"], "all answer")).toEqual({
      name: "views",
      holds: false,
      reason: "a is down; b is down",
    });
  });

  it("are told in one line, those that fail first chosen", () => {
    const all = [unless("turn", [], "held"), unless("link", ["down"], "up"), unless("lag", ["9 bytes"], "none")];
    expect(explain(failing(all))).toBe("link: down; lag: 9 bytes");
    expect(explain([])).toBe("");
  });
});
