import { describe, expect, it } from "vitest";
import { imageName, parseImage, targetValues } from "../../../src/platforms/kubernetes/helm/target-image.js";
import { overlay } from "../../../src/platforms/kubernetes/helm/values.js";

const valuesOf = (engine: string, image: object): Record<string, unknown> => ({ engine, image });
const after = (present: Record<string, unknown>, engine: "redis" | "valkey", version: string, image?: string): string =>
  imageName(overlay(present, targetValues(present, { engine, version }, image)));

describe("the image of an upgrade's target", () => {
  it.each([
    [
      "the same repository with another tag",
      valuesOf("redis", { repository: "localhost/redis", tag: "7.0" }),
      "redis",
      "8.0",
      "localhost/redis:8.0",
    ],
    ["the official one, where none is named", valuesOf("redis", { tag: "7.0" }), "redis", "8.0.6", "redis:8.0.6"],
    [
      "the other official one, at a change of the engine",
      valuesOf("redis", { tag: "7.2" }),
      "valkey",
      "8.0",
      "valkey/valkey:8.0",
    ],
    [
      "the same path with its last name changed",
      valuesOf("redis", { registry: "registry.example:5000", repository: "team/redis", tag: "7.2" }),
      "valkey",
      "8.0",
      "registry.example:5000/team/valkey:8.0",
    ],
    [
      "no former digest, which would win over the tag",
      valuesOf("redis", { repository: "redis", tag: "7.0", digest: "sha256:aa" }),
      "redis",
      "8.0",
      "redis:8.0",
    ],
  ] as const)("is %s", (_, present, engine, version, expected) => {
    expect(after(present, engine, version)).toBe(expected);
  });

  it("is the one that the user named, and its version is said where the tag does not say it", () => {
    const present = valuesOf("redis", { registry: "registry.example", repository: "team/redis", tag: "7.0" });
    expect(after(present, "redis", "8.0", "localhost/own-redis:blue")).toBe("localhost/own-redis:blue");
    expect(targetValues(present, { engine: "redis", version: "8.0" }, "localhost/own-redis:blue")["version"]).toBe(
      "8.0",
    );
    expect(targetValues(present, { engine: "redis", version: "8.0" }, "redis:8.0-alpine")["version"]).toBe("");
  });

  it("is read with registry, port, tag and digest", () => {
    expect(parseImage("registry.example:5000/a/b:8.0@sha256:aa")).toEqual({
      registry: "registry.example:5000",
      repository: "a/b",
      tag: "8.0",
      digest: "sha256:aa",
    });
    expect(parseImage("valkey/valkey:9")).toEqual({ registry: "", repository: "valkey/valkey", tag: "9", digest: "" });
  });
});

describe("values laid over others", () => {
  it("are merged as Helm merges them, and undefined takes a key away", () => {
    const below = {
      image: { tag: "7.0", pullPolicy: "Always" },
      surge: [{ follow: "rc-0" }],
      updateStrategy: "OnDelete",
    };
    expect(overlay(below, { image: { tag: "8.0" }, surge: [], updateStrategy: undefined })).toEqual({
      image: { tag: "8.0", pullPolicy: "Always" },
      surge: [],
    });
    expect(below.image.tag).toBe("7.0");
  });
});
