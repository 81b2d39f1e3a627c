import { appendFileSync } from "node:fs";
import { reduce } from "../events/reduce.js";
import { INITIAL_STATE, type RunState } from "../events/run-state.js";
import type { Event } from "../ports/event-sink.js";
import { toPlain, type Verbosity } from "./describe-event.js";
import { disarm, formatGithubCommand, type GithubCommand } from "./github-command.js";
import { renderGithubSummary } from "./github-summary.js";
import { addToTimeline, NO_TIMELINE, type Timeline } from "./github-timeline.js";
import { readTotals } from "./github-totals.js";
import type { Host, TextStream } from "./host.js";
import { createLinesHost } from "./lines.js";

export interface GithubOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** @default "all" */
  readonly verbosity?: Verbosity;
}

/** GitHub shows ten of each kind a step and drops the rest in silence; the last one kept says where the others are. */
const NOTES_MAX = 10;
const SECRET_MIN_LENGTH = 4;

type NoteKind = "error" | "warning";

/** What is to be a note on the run, beside its line in the log. */
function noteOf(event: Event): { readonly kind: NoteKind; readonly title: string } | undefined {
  if (event.code === "CHECK_FINDING") {
    if (event.data["status"] !== "fail") return undefined;
    const title = `check ${String(event.data["id"])}`;
    return { kind: event.data["severity"] === "block" ? "error" : "warning", title };
  }
  const { code } = event.data;
  if (event.level === "error") return { kind: "error", title: typeof code === "string" ? code : event.code };
  return event.level === "warn" ? { kind: "warning", title: event.code } : undefined;
}

/**
 * The log of a GitHub job: a fold for each phase, notes for what is not well, secrets masked, and at the end a summary of the
 * run with what was done to each shard. Lines go to `stream`; the runner reads commands from both of a step's streams.
 */
export function createGithubHost(stream: TextStream, options: GithubOptions): Host {
  const { env, verbosity = "all" } = options;
  const secrets = new Set<string>();
  const notes: Record<NoteKind, number> = { error: 0, warning: 0 };
  let state: RunState = INITIAL_STATE;
  let timeline: Timeline = NO_TIMELINE;
  let folded = false;
  let open = true;

  // The summary is a file of its own, and what an artifact holds is masked by nobody.
  const redact = (text: string): string => [...secrets].reduce((all, secret) => all.replaceAll(secret, "***"), text);
  const command = (given: GithubCommand): unknown => stream.write(`${redact(formatGithubCommand(given))}\n`);
  const lines = createLinesHost({ write: (text) => stream.write(redact(disarm(text))) }, { verbosity });

  const unfold = (): void => {
    if (folded) command({ kind: "endgroup" });
    folded = false;
  };

  const note = (event: Event): void => {
    const found = noteOf(event);
    if (found === undefined || notes[found.kind] >= NOTES_MAX) return;
    notes[found.kind] += 1;
    const more = notes[found.kind] === NOTES_MAX ? " (more may follow in the log)" : "";
    command({ ...found, message: `${toPlain(event.message)}${more}` });
  };

  const writeSummary = (): void => {
    process.removeListener("exit", writeSummary);
    const file = env["GITHUB_STEP_SUMMARY"] ?? "";
    const text = renderGithubSummary(state, { timeline, totals: readTotals(state.result) });
    if (file !== "" && text !== "") appendFileSync(file, `${redact(text)}\n`);
  };
  // A run that is cut short has a summary too.
  process.once("exit", writeSummary);

  const fold = (event: Event): boolean => {
    if (event.code !== "PHASE_STARTED" || verbosity !== "all") return false;
    unfold();
    command({ kind: "group", message: toPlain(event.message) });
    folded = true;
    return true;
  };

  return {
    mask: (secret) => {
      // Shorter ones would black out ordinary text, and GitHub refuses the empty one.
      if (secret.length < SECRET_MIN_LENGTH || secrets.has(secret)) return;
      // Only the runner takes this line for a command; anywhere else it would print the secret.
      if (env["GITHUB_ACTIONS"] === "true")
        stream.write(`${formatGithubCommand({ kind: "add-mask", message: secret })}\n`);
      secrets.add(secret);
    },
    notify: (event) => {
      state = reduce(state, event);
      timeline = addToTimeline(timeline, event);
      if (event.code === "PHASE_FINISHED") unfold();
      // A note is a line of the log as well, so it is said once; an error comes when the view is closed already.
      if (noteOf(event) !== undefined) note(event);
      else if (open && !fold(event)) lines.notify(event);
      if (event.code === "RUN_FINISHED") writeSummary();
    },
    close: () => {
      open = false;
      unfold();
    },
  };
}
