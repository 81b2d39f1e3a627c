import { describe, expect, it } from "vitest";
import { createRecorder } from "../../../src/events/recorder.js";
import type { Event, EventSink } from "../../../src/ports/event-sink.js";

function memory(): EventSink & { readonly events: Event[] } {
  const events: Event[] = [];
  return { events, notify: (event) => void events.push(event) };
}

describe("a recorder", () => {
  it("counts its events, and takes time and level from the clock and the registry", () => {
    const sink = memory();
    const recorder = createRecorder({ run: "up-1", sinks: [sink], now: () => 1000 });
    recorder.emit("POD_STARTING", "rc-0 starts", { pod: "rc-0" });
    recorder.emit("WARNING", "slow", { reason: "disk" }, "up");
    expect(sink.events).toEqual([
      {
        time: "1970-01-01T00:00:01.000Z",
        seq: 1,
        run: "up-1",
        span: "",
        level: "info",
        code: "POD_STARTING",
        message: "rc-0 starts",
        data: { pod: "rc-0" },
      },
      expect.objectContaining({ seq: 2, level: "warn", span: "up" }),
    ]);
  });

  it("spares a sink the levels that it does not want, and reads no data that nobody wants", () => {
    const [all, warnings] = [memory(), { ...memory(), wants: (level: string): boolean => level === "warn" }];
    let reads = 0;
    const emit = (sinks: readonly EventSink[]): void => {
      const recorder = createRecorder({ run: "r", sinks });
      recorder.emit("RUN_STARTED", "up began", {
        command: "up",
        get version(): string {
          return `read ${(reads += 1)} times`;
        },
        processId: 1,
      });
      recorder.emit("WARNING", "slow", {});
    };
    emit([warnings]);
    expect(warnings.events).toEqual([expect.objectContaining({ code: "WARNING" })]);
    expect(reads).toBe(0);
    emit([warnings, all]);
    expect(all.events[0]).toMatchObject({ code: "RUN_STARTED", data: { version: "read 1 times" } });
  });

  it("names spans by their path and measures them", () => {
    let nowMs = 5000;
    const sink = memory();
    const step = createRecorder({ run: "r", sinks: [sink], now: () => nowMs })
      .span("replicas")
      .span("rc-3");
    nowMs += 1250;
    const took = step.finish("STEP_FINISHED", "rc-3 replaced", { step: "replace", pod: "rc-3", outcome: "passed" });
    expect(took).toBe(1250);
    expect(sink.events[0]).toMatchObject({ span: "replicas/rc-3", data: { durationMs: 1250, pod: "rc-3" } });
  });

  it("never gives a negative duration when the clock is set back", () => {
    let nowMs = 5000;
    const span = createRecorder({ run: "r", sinks: [], now: () => nowMs }).span("a");
    nowMs = 4000;
    expect(span.finish("CLUSTER_READY", "ready", { pods: 6 })).toBe(0);
  });

  it("goes on when a sink throws: that sink is asked no more, the others are told once", () => {
    const sink = memory();
    let asked = 0;
    const broken: EventSink = {
      notify: () => {
        asked += 1;
        throw new Error("disk full");
      },
    };
    const recorder = createRecorder({ run: "r", sinks: [broken, sink] });
    recorder.emit("NOTICE", "one", {});
    recorder.emit("NOTICE", "two", {});
    expect(asked).toBe(1);
    expect(sink.events.map(({ code, seq }) => [code, seq])).toEqual([
      ["NOTICE", 1],
      ["WARNING", 2],
      ["NOTICE", 3],
    ]);
    expect(sink.events[1]?.message).toContain("disk full");
  });

  it("refuses unknown codes and wrong data at compile time", () => {
    const recorder = createRecorder({ run: "r", sinks: [] });
    // @ts-expect-error no such code
    expect(() => recorder.emit("NO_SUCH_CODE", "?", {})).toThrow();
    // @ts-expect-error `pod` is missing
    recorder.emit("POD_STARTING", "?", {});
  });
});
