import { createInterface } from "node:readline/promises";
import type { CommandContext } from "../../context.js";

/** One question of the wizard. */
export interface Question {
  readonly text: string;
  /** Taken when only Enter is pressed. */
  readonly fallback?: string;
  /** @returns what is wrong with an answer; undefined when it is right */
  readonly refuse?: (answer: string) => string | undefined;
}

/** Asks until the answer is right. */
export type Ask = (question: Question) => Promise<string>;

/** Asks on the terminal: the questions are progress, so they go to stderr. */
export function createAsk({ io, signal }: CommandContext): { readonly ask: Ask; readonly close: () => void } {
  const lines = createInterface({ input: process.stdin, output: io.stderr });
  const ask: Ask = async ({ text, fallback, refuse }) => {
    for (;;) {
      const shown = fallback === undefined || fallback === "" ? text : `${text} [${fallback}]`;
      const given = (await lines.question(`${shown}: `, { signal })).trim();
      const answer = given === "" ? (fallback ?? "") : given;
      const wrong = refuse?.(answer);
      if (wrong === undefined) return answer;
      io.stderr.write(`  ${wrong}\n`);
    }
  };
  return { ask, close: () => lines.close() };
}
