import { SLOTS } from "./constants.js";
import { parseFailed } from "./parse-failed.js";
import { mergeRanges } from "./slots.js";
import type { NodeEntry, OpenSlot, SlotRange } from "./types.js";

const WHAT = "CLUSTER NODES";

/**
 * Parses the reply of `CLUSTER NODES`, or the node lines of a `nodes.conf` without its `vars` line.
 * @throws EvenkeelError `PARSE_FAILED`, naming the line
 */
export function parseClusterNodes(text: string): NodeEntry[] {
  return text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "")
    .map(parseLine);
}

function parseLine(line: string): NodeEntry {
  const [id, place, flagList, primary, , , epoch, link, ...rest] = line.split(/ +/);
  if (
    id === undefined ||
    place === undefined ||
    flagList === undefined ||
    primary === undefined ||
    epoch === undefined
  ) {
    throw parseFailed(WHAT, line, "fewer than 8 fields");
  }
  if (!/^[0-9a-f]{40}$/.test(id)) throw parseFailed(WHAT, line, `${JSON.stringify(id)} is no node id`);
  if (!/^\d+$/.test(epoch)) throw parseFailed(WHAT, line, `${JSON.stringify(epoch)} is no config epoch`);
  if (link !== "connected" && link !== "disconnected")
    throw parseFailed(WHAT, line, `${JSON.stringify(link)} is no link state`);
  if (primary !== "-" && !/^[0-9a-f]{40}$/.test(primary))
    throw parseFailed(WHAT, line, `${JSON.stringify(primary)} is no node id`);
  const flags = new Set(flagList.split(","));
  const role = flags.has("slave") || flags.has("replica") ? "replica" : "primary";
  return {
    id,
    ...parsePlace(place, line),
    self: flags.has("myself"),
    role,
    failed: flags.has("fail"),
    suspected: flags.has("fail?"),
    handshake: flags.has("handshake"),
    noAddress: flags.has("noaddr"),
    noFailover: flags.has("nofailover"),
    ...(role === "replica" && primary !== "-" ? { primaryId: primary } : {}),
    configEpoch: Number(epoch),
    linkConnected: link === "connected",
    ...parseSlots(rest, line),
  };
}

/** `ip:port@bus[,hostname[,key=value…]]`; the IP may be empty (not known yet) or hold colons (IPv6, with or without brackets). */
function parsePlace(place: string, line: string): Pick<NodeEntry, "address" | "port" | "busPort" | "hostname"> {
  const [endpoint = "", hostname = ""] = place.split(",");
  const match = /^(.*):(\d+)(?:@(\d+))?$/.exec(endpoint);
  if (!match) throw parseFailed(WHAT, line, `${JSON.stringify(place)} is no address`);
  const [, address = "", port, busPort] = match;
  return {
    address: address.startsWith("[") && address.endsWith("]") ? address.slice(1, -1) : address,
    port: Number(port),
    busPort: Number(busPort ?? 0),
    // From 7.2 on `key=value` fields follow; where the node has no host name, the field before them is empty.
    ...(hostname === "" || hostname.includes("=") ? {} : { hostname }),
  };
}

/**
 * One line may name a slot many times: Redis 8.0 forgets to empty a list at each `CLUSTER SHARDS` while it knows nodes without a
 * shard id (measured: 30 times 5461 slots).
 */
function parseSlots(words: readonly string[], line: string): { slots: SlotRange[]; openSlots: OpenSlot[] } {
  const slots: SlotRange[] = [];
  const openSlots: OpenSlot[] = [];
  for (const word of words) {
    const open = /^\[(\d+)-([<>])-([0-9a-f]{40})\]$/.exec(word);
    const range = /^(\d+)(?:-(\d+))?$/.exec(word);
    if (open) {
      openSlots.push({
        slot: slotNumber(open[1], line),
        direction: open[2] === ">" ? "migrating" : "importing",
        peerId: open[3] ?? "",
      });
    } else if (range) {
      const start = slotNumber(range[1], line);
      const end = slotNumber(range[2] ?? range[1], line);
      if (end < start) throw parseFailed(WHAT, line, `${JSON.stringify(word)} ends before it begins`);
      slots.push({ start, end });
    } else {
      throw parseFailed(WHAT, line, `${JSON.stringify(word)} is no slot`);
    }
  }
  return { slots: mergeRanges(slots), openSlots };
}

function slotNumber(word: string | undefined, line: string): number {
  const slot = Number(word);
  if (slot >= SLOTS) throw parseFailed(WHAT, line, `slot ${slot} is above ${SLOTS - 1}`);
  return slot;
}
