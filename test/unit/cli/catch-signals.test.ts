import { expect, it } from "vitest";
import { catchSignals } from "../../../src/cli/catch-signals.js";
import { captureIo } from "./run-cli.js";

it("asks the command to stop at the first signal and leaves at the second, whichever they are", () => {
  const io = captureIo();
  const told: string[] = [];
  const caught = catchSignals(io, { onFirst: () => told.push("first"), onSecond: () => told.push("second") });
  expect(caught.signal.aborted).toBe(false);
  io.send("SIGTERM");
  expect(caught.signal.aborted).toBe(true);
  expect(caught.signal.reason).toMatchObject({ code: "INTERRUPTED", exitCode: 130 });
  expect(io.exits).toEqual([]);
  io.send("SIGINT");
  expect(io.exits).toEqual([130]);
  expect(told).toEqual(["first", "second"]);
  caught.release();
  expect(io.listeners()).toBe(0);
});
