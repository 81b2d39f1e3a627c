import { describe, expect, it } from "vitest";
import { toKubernetesEvent } from "../../../src/platforms/kubernetes/events/kubernetes-events.js";

const event = (code: string, message = "told"): Parameters<typeof toKubernetesEvent>[0] => ({
  time: "2026-01-01T00:00:00.000Z",
  seq: 1,
  run: "upgrade-1",
  span: "hand over/rc-0",
  level: "info",
  code,
  message,
  data: {},
});

describe("events on the StatefulSet", () => {
  it("tell the main steps with their place", () => {
    expect(toKubernetesEvent(event("HANDOVER_FINISHED"))).toEqual({
      reason: "HandedOver",
      type: "Normal",
      message: "hand over/rc-0: told",
    });
    expect(toKubernetesEvent(event("BRAKED"))).toMatchObject({ reason: "UpgradeBraked", type: "Warning" });
  });

  it("leave out what belongs into the run's own record, and are never longer than Kubernetes takes", () => {
    expect(toKubernetesEvent(event("WITNESS_WINDOW"))).toBeUndefined();
    expect(toKubernetesEvent(event("ERROR", "x".repeat(5000)))?.message.length).toBeLessThanOrEqual(1024);
  });
});
