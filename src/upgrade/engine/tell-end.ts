import { formatEngine } from "../../cluster/engines.js";
import type { PodTemplate } from "../../ports/platform.js";
import type { Outage } from "./outages.js";

/** Time, process and level in front of a line of a server's log. */
const LOG_HEAD = /^\d+:[A-Z] \d+ \w+ \d+ [\d:.]+ [.*#-] /;

/** Several lines, such as a server's last words, as one: for a reason that is read in a sentence. */
export function oneLine(text: string): string {
  const lines = text.split("\n").map((line) => line.trim().replace(LOG_HEAD, ""));
  return [...new Set(lines.filter((line) => line !== ""))].join(" / ").replaceAll(/(It said:|:) \/ /g, "$1 ");
}

/** e.g. `slots 0-5460 were not served for 6.8 s`; empty when all were served all the time. */
export function describeOutages(outages: readonly Outage[]): string {
  return outages.map(({ slots, ms }) => `slots ${slots} were not served for ${(ms / 1000).toFixed(1)} s`).join(", ");
}

const podsOf = (done: ReadonlySet<string>, head: string): readonly string[] =>
  [...done].filter((id) => id.startsWith(head)).map((id) => id.slice(head.length));

/** What happened and what was done about it, in one paragraph. */
export function tellRollback(
  reason: string,
  {
    from,
    done,
    outages,
    notes = [],
  }: {
    readonly from: PodTemplate;
    readonly done: ReadonlySet<string>;
    readonly outages: readonly Outage[];
    /** What else is worth knowing, as sentences. */
    readonly notes?: readonly string[];
  },
): string {
  const engine = formatEngine(from);
  const handed = podsOf(done, "hand-back/hand-over/");
  const rolled = podsOf(done, "roll-back/roll/");
  const did = [
    ...(handed.length > 0 ? [`${handed.join(", ")} handed the slots back`] : []),
    rolled.length > 0
      ? `${rolled.join(", ")} started on ${engine} again`
      : `no pod had to be replaced, all run ${engine}`,
  ];
  const unserved = describeOutages(outages);
  const more = [...(unserved === "" ? [] : [`Meanwhile ${unserved}`]), ...notes].map((one) => ` ${one}.`).join("");
  return `${oneLine(reason)}. Taken back: ${did.join("; ")}; all checks pass.${more}`;
}
