import { describe, expect, it } from "vitest";
import { choosePlacement } from "../../../../src/platforms/local/replicas/choose-placement.js";

const at = (pod: string, host: string, zone: string) => ({ pod, host, zone });
const pod = { pod: "rc-6", ordinal: 6 };

describe("the place of one more replica", () => {
  it("is a host of its own where every pod has one, in the zone with fewest pods that is not its primary's", () => {
    const placements = [at("rc-0", "h0", "a"), at("rc-1", "h1", "b"), at("rc-2", "h2", "c"), at("rc-3", "h3", "b")];
    const primary = at("rc-0", "h0", "a");
    expect(choosePlacement(placements, { primary, replicas: [] }, pod)).toEqual(at("rc-6", "host-6", "c"));
    const replicas = [at("rc-2", "h2", "c")];
    expect(choosePlacement(placements, { primary, replicas }, pod)).toEqual(at("rc-6", "host-6", "b"));
  });

  it("is the emptiest host that holds no pod of the shard", () => {
    const placements = [
      at("rc-0", "h0", "a"),
      at("rc-1", "h1", "b"),
      at("rc-2", "h2", "c"),
      at("rc-3", "h1", "b"),
      at("rc-4", "h0", "a"),
    ];
    const shard = { primary: at("rc-0", "h0", "a"), replicas: [at("rc-3", "h1", "b")] };
    expect(choosePlacement(placements, shard, pod)).toEqual(at("rc-6", "h2", "c"));
  });

  it("is never the primary's host while there is another, even a fuller one with a replica of the shard", () => {
    const placements = [at("rc-0", "h0", "a"), at("rc-1", "h1", "a"), at("rc-2", "h1", "a")];
    const shard = { primary: at("rc-0", "h0", "a"), replicas: [at("rc-1", "h1", "a")] };
    expect(choosePlacement(placements, shard, pod).host).toBe("h1");
  });

  it("is the only host where there is no other", () => {
    const placements = [at("rc-0", "h0", "a"), at("rc-1", "h0", "a")];
    expect(choosePlacement(placements, { primary: at("rc-0", "h0", "a"), replicas: [] }, pod).host).toBe("h0");
  });
});
