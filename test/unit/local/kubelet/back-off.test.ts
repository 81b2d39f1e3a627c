import { describe, expect, it } from "vitest";
import { backOffMs } from "../../../../src/platforms/local/kubelet/back-off.js";

describe("the back-off of a container", () => {
  it("restarts at once the first time, then after 1, 2, 4 … s, never more than 60 s", () => {
    const waits = Array.from({ length: 10 }, (_, failures) => backOffMs(failures) / 1000);
    expect(waits).toEqual([0, 1, 2, 4, 8, 16, 32, 60, 60, 60]);
  });
});
