import { describe, expect, test } from "vitest";
import { cacheFolders } from "../../../src/platforms/local/engines/cache-folder.js";

describe("the cache", () => {
  test("is under ~/.cache", () => {
    expect(cacheFolders({ env: { HOME: "/home/me" } }).engines).toBe("/home/me/.cache/evenkeel/engines");
    expect(cacheFolders({ env: { HOME: "/home/me" }, home: "/home/you" }).root).toBe("/home/you/.cache/evenkeel");
  });

  test("follows XDG_CACHE_HOME, unless that is relative", () => {
    expect(cacheFolders({ env: { HOME: "/h", XDG_CACHE_HOME: "/fast" } }).root).toBe("/fast/evenkeel");
    expect(cacheFolders({ env: { HOME: "/h", XDG_CACHE_HOME: "fast" } }).root).toBe("/h/.cache/evenkeel");
  });

  test("is where EVENKEEL_CACHE says, before all else", () => {
    const env = { HOME: "/h", XDG_CACHE_HOME: "/fast", EVENKEEL_CACHE: "/mine" };
    expect(cacheFolders({ env }).engines).toBe("/mine/engines");
  });
});
