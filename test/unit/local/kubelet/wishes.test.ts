import { describe, expect, it } from "vitest";
import { createWishes } from "../../../../src/platforms/local/kubelet/wishes.js";

describe("the wishes of a kubelet", () => {
  it("end the pod once anything but running is wished", () => {
    const wishes = createWishes();
    expect(wishes.ending().aborted).toBe(false);
    wishes.end("replace", true);
    expect(wishes.ending().aborted).toBe(true);
    expect(wishes.hurried().aborted).toBe(false);
  });

  it("let a stronger wish win over a weaker one, in either order", () => {
    const wishes = createWishes();
    wishes.end("replace", true);
    wishes.end("exit", true);
    wishes.end("stop", true);
    expect(wishes.wish()).toBe("exit");
  });

  it("cut a hand-over short only for who asks for that", () => {
    const wishes = createWishes();
    wishes.end("stop", true);
    wishes.end("exit", true);
    expect(wishes.hurried().aborted).toBe(false);
    wishes.end("stop", false);
    expect(wishes.hurried().aborted).toBe(true);
  });

  it("turn a stop into a replacement when a start is wished during it", () => {
    const wishes = createWishes();
    wishes.end("stop", true);
    wishes.start();
    expect(wishes.wish()).toBe("replace");
  });

  it("never turn an exit back", () => {
    const wishes = createWishes();
    wishes.end("exit", true);
    wishes.start();
    expect(wishes.wish()).toBe("exit");
  });

  it("wake a stopped pod's loop by a start and by an exit, and by nothing else", async () => {
    for (const wake of ["start", "exit"] as const) {
      const wishes = createWishes();
      wishes.end("stop", true);
      let wakened = false;
      const waiting = wishes.wakened().then(() => {
        wakened = true;
      });
      wishes.end("replace", true);
      await Promise.resolve();
      expect(wakened).toBe(false);
      if (wake === "start") wishes.start();
      else wishes.end("exit", true);
      await waiting;
      expect(wakened).toBe(true);
    }
  });

  it("begin anew with every pod", () => {
    const wishes = createWishes();
    wishes.end("replace", false);
    wishes.begin();
    expect([wishes.wish(), wishes.ending().aborted, wishes.hurried().aborted]).toEqual(["run", false, false]);
  });
});
