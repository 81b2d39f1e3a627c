import type { PlacementPlan } from "../cluster/plan-placement.js";
import { formatSlots } from "../cluster/slots.js";
import type { Finding, Placement } from "../cluster/types.js";
import { renderTable } from "./table.js";

/** Hand-overs that are planned or done, and what they change. */
export interface ShownPlacement extends PlacementPlan {
  readonly cluster: string;
}

export interface RenderPlacementOptions {
  readonly result: "nothing" | "planned" | "placed";
  /** That does what is planned. */
  readonly command?: string;
  /** Checks for which it would be refused. */
  readonly blockedBy?: readonly Finding[];
  /** Checks of the placement that fail at the end. */
  readonly findings?: readonly Finding[];
}

const COLUMNS = [{ title: "slots" }, { title: "from" }, { title: "to" }, { title: "why" }];
const COUNTS = [
  { title: "primaries" },
  { title: "before", align: "right" },
  { title: "after", align: "right" },
] as const;

const at = ({ pod, host, zone }: Placement): string => `${pod} (${host}, ${zone})`;

function countRows({ before, after }: PlacementPlan, what: "hosts" | "zones"): string[][] {
  const name = what === "hosts" ? "host" : "zone";
  return [...before[what]].map(([place, held]) => [`${name} ${place}`, `${held}`, `${after[what].get(place) ?? 0}`]);
}

/** Which pod hands over to which and why, and where the primaries stand before and after. */
export function renderPlacement(shown: ShownPlacement, options: RenderPlacementOptions): string {
  const { handovers, limits, cluster } = shown;
  const { result, command, blockedBy = [], findings = [] } = options;
  const notes = [
    ...limits,
    ...findings.map(
      ({ id, severity, evidence }) => `${severity === "block" ? "still blocks" : "warns"}: ${id}: ${evidence}`,
    ),
    ...blockedBy.map(({ id, evidence }) => `it would be refused now: ${id}: ${evidence}; see evenkeel check pre`),
  ].map((note) => `- ${note}\n`);
  const did = `${handovers.length} hand-over${handovers.length === 1 ? "" : "s"}`;
  return [
    ...(result === "nothing"
      ? [`nothing to do: no hand-over betters where the primaries of ${cluster} stand\n`]
      : [renderHandovers(shown)]),
    `${renderTable(COUNTS, [...countRows(shown, "hosts"), ...countRows(shown, "zones")]).join("\n")}\n`,
    ...(notes.length === 0 ? [] : [notes.join("")]),
    ...(result === "planned" ? [`${did}. Nothing was changed. To run it: ${command}\n`] : []),
    ...(result === "placed" ? [`${did} done\n`] : []),
  ].join("\n");
}

function renderHandovers({ handovers }: PlacementPlan): string {
  const rows = handovers.map(({ slots, from, to, reason }) => [formatSlots(slots), at(from), at(to), reason]);
  return `${renderTable(COLUMNS, rows).join("\n")}\n`;
}

/** The same for machines. */
export function describePlacement({ cluster, handovers, before, after, limits }: ShownPlacement): object {
  const spread = ({ primaries, hosts, zones }: PlacementPlan["before"]): object => ({
    primaries,
    hosts: Object.fromEntries(hosts),
    zones: Object.fromEntries(zones),
  });
  return {
    cluster,
    handovers: handovers.map(({ slots, from, to, reason }) => ({ slots: formatSlots(slots), from, to, reason })),
    before: spread(before),
    after: spread(after),
    limits,
  };
}
