import { styleText } from "node:util";

export type Style = "bold" | "dim" | "red" | "green" | "yellow" | "cyan";

/** Puts a style on a text, or leaves it as it is. */
export type Paint = (style: Style, text: string) => string;

export interface ColorQuestion {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly isTTY: boolean;
  /** `--no-color` was given. */
  readonly disabled: boolean;
}

/**
 * Whether to colour: `--no-color` and NO_COLOR (any text, no-color.org) win, then FORCE_COLOR, then whether it is a
 * terminal that is not dumb.
 */
export function wantsColor(question: ColorQuestion): boolean {
  const { env, isTTY, disabled } = question;
  if (disabled || (env["NO_COLOR"] ?? "") !== "") return false;
  const force = env["FORCE_COLOR"];
  if (force !== undefined) return force !== "0" && force !== "false";
  return isTTY && env["TERM"] !== "dumb";
}

/** Paints, when `color` says so. */
export function createPaint(color: boolean): Paint {
  // validateStream would make newer Node versions look at process.stdout instead of at our own answer.
  return color ? (style, text) => styleText(style, text, { validateStream: false }) : (_style, text) => text;
}
