import { formatPlace, shortId } from "./format-node.js";
import { formatSlots } from "./slots.js";
import type { Disagreement, NodeEntry, View } from "./types.js";

/** One view's word on one node. */
interface Saying {
  readonly view: View;
  readonly entry: NodeEntry;
}

/** A text of what is compared; empty where this one has nothing to say of it. */
type ValueOf<T> = (one: T) => string;

/** Everything on which views differ, and every flag that says that a node is not all right. */
export function findDisagreements(views: readonly View[]): Disagreement[] {
  const sayings = new Map<string, Saying[]>();
  for (const view of views) {
    for (const entry of view.nodes) {
      const list = sayings.get(entry.id);
      if (list === undefined) sayings.set(entry.id, [{ view, entry }]);
      else list.push({ view, entry });
    }
  }
  return [
    ...clusterWide(views, "known-nodes", "number of known nodes", (view) =>
      String(view.nodes.filter((node) => !node.handshake).length),
    ),
    ...clusterWide(views, "current-epoch", "current epoch", (view) => String(view.cluster.currentEpoch)),
    ...[...sayings].flatMap(([id, said]) => [...aboutNode(id, said), ...flagged(id, said)]),
    ...ownRoles(views),
  ];
}

function clusterWide(views: readonly View[], kind: string, what: string, value: ValueOf<View>): Disagreement[] {
  const message = differ(views, value, formatPlace);
  return message === undefined ? [] : [{ kind, about: "cluster", message: `${what}: ${message}` }];
}

/** What is compared between views, and how it reads. */
const COMPARED: readonly { readonly kind: string; readonly value: ValueOf<Saying> }[] = [
  { kind: "role", value: ({ entry }) => entry.role },
  { kind: "primary", value: ({ entry }) => (entry.primaryId === undefined ? "none" : shortId(entry.primaryId)) },
  { kind: "slots", value: ({ entry }) => formatSlots(entry.slots) },
  // A node that was never told its own address shows none: that is no other opinion.
  { kind: "address", value: ({ entry }) => (entry.address === "" ? "" : formatPlace(entry)) },
  { kind: "epoch", value: ({ entry }) => String(entry.configEpoch) },
];

const placeOf = ({ view }: Saying): string => formatPlace(view);

function aboutNode(id: string, said: readonly Saying[]): Disagreement[] {
  return COMPARED.flatMap(({ kind, value }) => {
    const message = differ(said, value, placeOf);
    return message === undefined ? [] : [{ kind, about: id, message: `${kind} of ${nameOf(id, said)}: ${message}` }];
  });
}

const FLAGS: readonly { readonly kind: string; readonly flag: string; readonly set: (entry: NodeEntry) => boolean }[] =
  [
    { kind: "flags", flag: "failed (fail)", set: (entry) => entry.failed },
    { kind: "flags", flag: "suspected (fail?)", set: (entry) => entry.suspected },
    { kind: "flags", flag: "in handshake", set: (entry) => entry.handshake },
    { kind: "flags", flag: "without address (noaddr)", set: (entry) => entry.noAddress },
    { kind: "link", flag: "disconnected", set: (entry) => !entry.self && !entry.linkConnected && !entry.handshake },
  ];

function flagged(id: string, said: readonly Saying[]): Disagreement[] {
  return FLAGS.flatMap(({ kind, flag, set }) => {
    const by = said.filter(({ entry }) => set(entry)).map(placeOf);
    return by.length === 0 ? [] : [{ kind, about: id, message: `${nameOf(id, said)} is ${flag} for ${by.join(", ")}` }];
  });
}

/** `ROLE` is what the process does; its line in `CLUSTER NODES` is what it tells the others. */
function ownRoles(views: readonly View[]): Disagreement[] {
  return views.flatMap((view) => {
    const self = view.nodes.find((node) => node.self);
    if (!self || self.role === view.role.role) return [];
    return [
      {
        kind: "role",
        about: view.nodeId,
        message: `${formatPlace(view)} says ${view.role.role} in ROLE and ${self.role} in CLUSTER NODES`,
      },
    ];
  });
}

/** `3 for a; 4 for b, c`; undefined when all that say something say the same, as nearly always. */
function differ<T>(said: readonly T[], value: ValueOf<T>, nameOfOne: (one: T) => string): string | undefined {
  const values = said.map(value);
  const known = values.find((text) => text !== "");
  if (values.every((text) => text === "" || text === known)) return undefined;
  const groups = new Map<string, string[]>();
  for (const [index, one] of said.entries()) {
    const text = values[index] ?? "";
    if (text !== "") groups.set(text, [...(groups.get(text) ?? []), nameOfOne(one)]);
  }
  return [...groups].map(([text, places]) => `${text} for ${places.join(", ")}`).join("; ");
}

function nameOf(id: string, said: readonly Saying[]): string {
  const entry = said.find((one) => one.entry.address !== "")?.entry;
  return entry ? formatPlace(entry) : shortId(id);
}
