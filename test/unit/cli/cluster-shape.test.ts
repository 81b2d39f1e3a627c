import { describe, expect, it } from "vitest";
import { resolveShape } from "../../../src/cli/cluster-shape.js";

describe("the shape of a new cluster", () => {
  it.each([
    [{}, { shards: 3, replicas: 1 }],
    [{ shards: 5 }, { shards: 5, replicas: 1 }],
    [{ replicas: 0 }, { shards: 3, replicas: 0 }],
    [
      { nodes: 9, replicas: 2 },
      { shards: 3, replicas: 2 },
    ],
    [{ nodes: 8 }, { shards: 4, replicas: 1 }],
  ])("%o makes %o", (question, shape) => {
    expect(resolveShape(question)).toEqual(shape);
  });

  it.each([
    [
      { nodes: 5 },
      "5 nodes are not enough for 3 shards with 1 replicas each: 6 are needed",
      "give --nodes 6, or fewer --replicas",
    ],
    [{ nodes: 7 }, "7 nodes are more than are used", "give --nodes 6"],
    [{ nodes: 6, shards: 3, replicas: 2 }, "6 nodes are not enough", "give --nodes 9"],
    [{ shards: 2 }, "2 shards cannot elect a new primary", "give --shards 3 or more"],
  ])("%o is refused: %s", (question, message, hint) => {
    expect(() => resolveShape(question)).toThrow(
      expect.objectContaining({
        message: expect.stringContaining(message),
        hint: expect.stringContaining(hint),
        exitCode: 2,
      }),
    );
  });
});
