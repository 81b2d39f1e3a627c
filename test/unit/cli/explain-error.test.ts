import { describe, expect, it } from "vitest";
import { explainError, isAbort, toEvenkeelError } from "../../../src/cli/explain-error.js";
import { EvenkeelError } from "../../../src/errors/evenkeel-error.js";
import { createPaint } from "../../../src/hosts/paint.js";

const plain = { paint: createPaint(false), debug: false };

describe("an error for people", () => {
  it("says what happened, the details that the message lacks, and what to type next", () => {
    const error = new EvenkeelError("no pod of blue is ready", {
      code: "CLUSTER_NOT_SERVING",
      owner: "environment",
      hint: "evenkeel up --name blue",
      details: { name: "blue", pods: ["blue-0 stopped", "blue-1 stopped"], deep: { not: "shown" } },
      cause: new Error("connect refused"),
    });
    expect(explainError(error, plain)).toMatchInlineSnapshot(`
      "error: no pod of blue is ready
        pods: blue-0 stopped; blue-1 stopped
        because: connect refused
        next: evenkeel up --name blue
      "
    `);
  });

  it("lets no control code of a foreign message through its details", () => {
    const error = new EvenkeelError("x", { code: "X", owner: "user", details: { said: "\u001B[2Jgone" } });
    expect(explainError(error, plain)).not.toContain("\u001B");
  });

  it("calls everything that is not ours an internal error: exit code 4, a stack only on request", () => {
    const error = toEvenkeelError(new TypeError("x is not a function"));
    expect(error).toMatchObject({ code: "INTERNAL", owner: "bug", exitCode: 4 });
    expect(explainError(error, plain)).not.toContain("    at ");
    expect(explainError(error, { ...plain, debug: true })).toContain("    at ");
    expect(toEvenkeelError("just a text").message).toBe("internal error: just a text");
  });
});

describe("an abort", () => {
  it("is the signal's own reason, an AbortError or a killed child, at any depth, and only once the signal says so", () => {
    const controller = new AbortController();
    const abort = new DOMException("aborted", "AbortError");
    expect(isAbort(abort, controller.signal)).toBe(false);
    controller.abort(new Error("Ctrl-C"));
    expect(isAbort(abort, controller.signal)).toBe(true);
    expect(isAbort(controller.signal.reason, controller.signal)).toBe(true);
    expect(isAbort(new Error("failed", { cause: controller.signal.reason }), controller.signal)).toBe(true);
    expect(isAbort(Object.assign(new Error("killed"), { isCanceled: true }), controller.signal)).toBe(true);
    expect(isAbort(new Error("disk full"), controller.signal)).toBe(false);
  });
});
