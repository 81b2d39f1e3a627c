import { formatPlace, shortId } from "./format-node.js";
import { formatSlots } from "./slots.js";
import type { Disagreement, NodeEntry, View } from "./types.js";

/** One view's word on one node. */
interface Saying {
  readonly by: string;
  readonly entry: NodeEntry;
}

/** Everything on which views differ, and every flag that says that a node is not all right. */
export function findDisagreements(views: readonly View[]): Disagreement[] {
  const sayings = new Map<string, Saying[]>();
  for (const view of views) {
    for (const entry of view.nodes) {
      const list = sayings.get(entry.id) ?? [];
      list.push({ by: formatPlace(view), entry });
      sayings.set(entry.id, list);
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

function clusterWide(
  views: readonly View[],
  kind: string,
  what: string,
  value: (view: View) => string,
): Disagreement[] {
  const message = differ(views.map((view) => ({ by: formatPlace(view), value: value(view) })));
  return message === undefined ? [] : [{ kind, about: "cluster", message: `${what}: ${message}` }];
}

/** What is compared between views, and how it reads. */
const COMPARED: readonly { readonly kind: string; readonly value: (entry: NodeEntry) => string }[] = [
  { kind: "role", value: (entry) => entry.role },
  { kind: "primary", value: (entry) => (entry.primaryId === undefined ? "none" : shortId(entry.primaryId)) },
  { kind: "slots", value: (entry) => formatSlots(entry.slots) },
  { kind: "address", value: (entry) => (entry.address === "" ? "" : formatPlace(entry)) },
  { kind: "epoch", value: (entry) => String(entry.configEpoch) },
];

function aboutNode(id: string, said: readonly Saying[]): Disagreement[] {
  return COMPARED.flatMap(({ kind, value }) => {
    // A node that was never told its own address shows none: that is no other opinion.
    const values = said.map(({ by, entry }) => ({ by, value: value(entry) })).filter((one) => one.value !== "");
    const message = differ(values);
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
    const by = said.filter(({ entry }) => set(entry)).map((one) => one.by);
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

/** `3 for a; 4 for b, c`; undefined when all are equal. */
function differ(values: readonly { readonly by: string; readonly value: string }[]): string | undefined {
  const groups = new Map<string, string[]>();
  for (const { by, value } of values) groups.set(value, [...(groups.get(value) ?? []), by]);
  if (groups.size <= 1) return undefined;
  return [...groups].map(([value, by]) => `${value} for ${by.join(", ")}`).join("; ");
}

function nameOf(id: string, said: readonly Saying[]): string {
  const entry = said.find((one) => one.entry.address !== "")?.entry;
  return entry ? formatPlace(entry) : shortId(id);
}
