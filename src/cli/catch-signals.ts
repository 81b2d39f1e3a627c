import { EvenkeelError, EXIT } from "../errors/evenkeel-error.js";
import type { Io, StopSignal } from "./io.js";

export interface SignalHandlers {
  /** Told at the first signal: the run stops where it is safe. */
  onFirst(): void;
  /** Told at the second, right before the process leaves. */
  onSecond(): void;
}

export interface CaughtSignals {
  readonly signal: AbortSignal;
  release(): void;
}

const SIGNALS: readonly StopSignal[] = ["SIGINT", "SIGTERM"];

/** The first Ctrl-C asks the command to stop where it is safe; the second leaves now. */
export function catchSignals(io: Io, handlers: SignalHandlers): CaughtSignals {
  const controller = new AbortController();
  const listener = (): void => {
    if (controller.signal.aborted) {
      handlers.onSecond();
      io.exit(EXIT.interrupted);
      return;
    }
    handlers.onFirst();
    controller.abort(
      new EvenkeelError("interrupted", { code: "INTERRUPTED", owner: "user", exitCode: EXIT.interrupted }),
    );
  };
  const releases = SIGNALS.map((signal) => io.onSignal(signal, listener));
  return { signal: controller.signal, release: () => releases.forEach((release) => release()) };
}
