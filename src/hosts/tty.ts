import { createLogUpdate } from "log-update";
import { reduce } from "../events/reduce.js";
import { INITIAL_STATE, type RunState } from "../events/run-state.js";
import type { Event } from "../ports/event-sink.js";
import { isShown, isTick, toPlain } from "./describe-event.js";
import type { Host } from "./host.js";
import { createPaint } from "./paint.js";
import { renderFrame } from "./render-frame.js";

export interface TtyOptions {
  readonly color: boolean;
  /** @default 125 */
  readonly frameMs?: number;
  /** Milliseconds since 1970. @default Date.now */
  readonly now?: () => number;
}

const SHOW_CURSOR = "\u001B[?25h";

/** What begins is seen in the picture; only what ended (or went wrong) stays as a line above it. */
function isPermanent(event: Event): boolean {
  return isShown(event, "all") && !isTick(event) && !/_(?:STARTED|STARTING|STOPPING|FORMING)$/u.test(event.code);
}

/**
 * The live view: a picture of the run at the bottom of the terminal, with lines that stay above it. The cursor comes back
 * at `close` and when the process exits.
 */
export function createTtyHost(stream: NodeJS.WriteStream, options: TtyOptions): Host {
  const { color, frameMs = 125, now = Date.now } = options;
  const paint = createPaint(color);
  const log = createLogUpdate(stream);
  let state: RunState = INITIAL_STATE;
  let open = true;
  let drawn = false;

  const draw = (): void => {
    drawn = true;
    // The last column stays free: some terminals wrap as soon as it is written.
    const width = Math.max(20, (stream.columns ?? 80) - 1);
    log(renderFrame(state, { width, color, nowMs: now() }).join("\n"));
  };

  const restoreCursor = (): void => {
    if (open) stream.write(SHOW_CURSOR);
  };
  process.once("exit", restoreCursor);
  const timer = setInterval(draw, frameMs);
  timer.unref();

  return {
    notify: (event) => {
      state = reduce(state, event);
      if (!open || !isPermanent(event)) return;
      const time = paint("dim", event.time.slice(11, 19));
      const text = toPlain(event.message);
      const style = event.level === "error" ? "red" : event.level === "warn" ? "yellow" : undefined;
      log.persist(`${time} ${style === undefined ? text : paint(style, text)}`);
      draw();
    },
    close: () => {
      if (!open) return;
      clearInterval(timer);
      // What was over before the first picture needs none.
      if (drawn) draw();
      log.done();
      stream.write(SHOW_CURSOR);
      open = false;
      process.removeListener("exit", restoreCursor);
    },
  };
}
