import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { convertBitnamiValues } from "../../chart/convert-values.js";
import { parseValues } from "../../chart/parse-values.js";
import { renderConversion } from "../../chart/render-conversion.js";
import { EvenkeelError, EXIT, type ExitCode } from "../../errors/evenkeel-error.js";
import type { CommandContext } from "../context.js";

export interface ConvertOptions {
  /** Path of the values file; `-` is stdin. */
  readonly file: string;
  readonly release: string;
}

const STDIN = 0;

function readValues(file: string, cwd: string): string {
  try {
    return readFileSync(file === "-" ? STDIN : resolve(cwd, file), "utf8");
  } catch (cause) {
    throw new EvenkeelError(`${file} cannot be read`, {
      code: "FILE_UNREADABLE",
      owner: "user",
      hint: "give the path of a values file, or - and the values on stdin",
      cause,
      details: { file },
    });
  }
}

/**
 * `chart convert FILE`: another chart's values as ours. Exit code 6 when a person has to decide about a setting.
 * @throws EvenkeelError `FILE_UNREADABLE`, `VALUES_UNREADABLE`
 */
export async function convert(context: CommandContext, { file, release }: ConvertOptions): Promise<ExitCode> {
  const values = parseValues(readValues(file, context.io.cwd), file);
  const conversion = convertBitnamiValues(values, { release });
  const open = conversion.noCounterpart.length + conversion.unknown.length;
  if (open > 0)
    context.recorder.emit("WARNING", `${open} of the settings need a decision: they are named first in the result`, {
      reason: "undecided-settings",
    });
  context.printResult(renderConversion(conversion), { result: open > 0 ? "to-decide" : "converted", ...conversion });
  return open > 0 ? EXIT.braked : EXIT.done;
}
