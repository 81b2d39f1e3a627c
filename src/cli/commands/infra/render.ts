import { EXIT, type ExitCode } from "../../../errors/evenkeel-error.js";
import type { CommandContext } from "../../context.js";
import { openFile, type InfraOptions } from "./open-file.js";
import { writeRendered } from "./write-rendered.js";

export interface RenderOptions extends InfraOptions {
  /** Only say whether the files are as they should be; exit code 3 when not. */
  readonly check: boolean;
}

/** Writes variables and backend settings of every root. */
export function run(context: CommandContext, options: RenderOptions): ExitCode {
  const open = openFile(context, options);
  const files = writeRendered(open, { check: options.check });
  const text = files.map(({ path, change }) => `${change.padEnd(8)}${path}\n`).join("");
  const stale = files.some(({ change }) => change === "stale");
  const next = stale ? "next: evenkeel infra render\n" : "";
  context.printResult(`${text}${next}`, { files });
  return stale ? EXIT.refused : EXIT.done;
}
