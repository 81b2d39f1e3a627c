import { stringify } from "yaml";
import type { Value } from "./conversion.js";
import type { Conversion } from "./convert-values.js";

const inline = (value: Value): string => {
  const text = JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
};

function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : [`# ${title}`, ...lines.map((line) => `#   ${line}`), "#"];
}

/** A values file for this chart; what became of each setting is told in its comments. */
export function renderConversion(conversion: Conversion): string {
  const { values, mapped, notNeeded, noCounterpart, unknown } = conversion;
  const head = [
    ...section(
      "To decide: no counterpart",
      noCounterpart.map(({ from, reason }) => `${from}: ${reason}`),
    ),
    ...section(
      "To decide: unknown to the other chart too, or newer than this table",
      unknown.map(({ from }) => from),
    ),
    ...section(
      "Mapped",
      mapped.map(({ from, to, value, note }) =>
        [`${from} -> ${to}: ${inline(value)}`, ...(note === undefined ? [] : [`(${note})`])].join(" "),
      ),
    ),
    ...section(
      "Not needed",
      notNeeded.map(({ from, reason }) => `${from}: ${reason}`),
    ),
  ];
  // Helm reads YAML 1.1: there a bare yes is no text.
  return `${head.join("\n")}\n${stringify(values, { lineWidth: 0, version: "1.1" })}`;
}
