import { SLOTS } from "./constants.js";
import { parseFailed } from "./parse-failed.js";
import { mergeRanges } from "./slots.js";
import type { NodeEntry, OpenSlot, SlotRange } from "./types.js";

const WHAT = "CLUSTER NODES";

/*
 * Simple patterns, and few: in a process that reads a dozen lines and ends, Node spends more on making a pattern than on
 * all that it finds with it.
 */
const HEX = /^[0-9a-f]+$/;
const DIGITS = /^\d+$/;
const OPEN_SLOT = /^\[(\d+)-([<>])-([0-9a-f]+)\]$/;
const ID_LENGTH = 40;

const isNodeId = (text: string): boolean => text.length === ID_LENGTH && HEX.test(text);

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
  const [id, place, flagList, primary, , , epoch, link, ...rest] = line.split(" ").filter((word) => word !== "");
  if (
    id === undefined ||
    place === undefined ||
    flagList === undefined ||
    primary === undefined ||
    epoch === undefined
  ) {
    throw parseFailed(WHAT, line, "fewer than 8 fields");
  }
  if (!isNodeId(id)) throw parseFailed(WHAT, line, `${JSON.stringify(id)} is no node id`);
  if (!DIGITS.test(epoch)) throw parseFailed(WHAT, line, `${JSON.stringify(epoch)} is no config epoch`);
  if (link !== "connected" && link !== "disconnected")
    throw parseFailed(WHAT, line, `${JSON.stringify(link)} is no link state`);
  if (primary !== "-" && !isNodeId(primary)) throw parseFailed(WHAT, line, `${JSON.stringify(primary)} is no node id`);
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
  const colon = endpoint.lastIndexOf(":");
  const address = endpoint.slice(0, Math.max(colon, 0));
  const [port = "", busPort = "0", ...more] = endpoint.slice(colon + 1).split("@");
  if (colon === -1 || !DIGITS.test(port) || !DIGITS.test(busPort) || more.length > 0)
    throw parseFailed(WHAT, line, `${JSON.stringify(place)} is no address`);
  return {
    address: address.startsWith("[") && address.endsWith("]") ? address.slice(1, -1) : address,
    port: Number(port),
    busPort: Number(busPort),
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
    if (word.startsWith("[")) openSlots.push(parseOpenSlot(word, line));
    else slots.push(parseRange(word, line));
  }
  return { slots: mergeRanges(slots), openSlots };
}

const noSlot = (word: string, line: string): Error => parseFailed(WHAT, line, `${JSON.stringify(word)} is no slot`);

/** `[slot->-id]` leaves for that node, `[slot-<-id]` comes from it. */
function parseOpenSlot(word: string, line: string): OpenSlot {
  const [, slot, arrow, peerId = ""] = OPEN_SLOT.exec(word) ?? [];
  if (!isNodeId(peerId)) throw noSlot(word, line);
  return { slot: slotNumber(slot, line), direction: arrow === ">" ? "migrating" : "importing", peerId };
}

/** `first-last`, or one slot. */
function parseRange(word: string, line: string): SlotRange {
  const [first = "", last = first, ...more] = word.split("-");
  if (!DIGITS.test(first) || !DIGITS.test(last) || more.length > 0) throw noSlot(word, line);
  const [start, end] = [slotNumber(first, line), slotNumber(last, line)];
  if (end < start) throw parseFailed(WHAT, line, `${JSON.stringify(word)} ends before it begins`);
  return { start, end };
}

function slotNumber(word: string | undefined, line: string): number {
  const slot = Number(word);
  if (slot >= SLOTS) throw parseFailed(WHAT, line, `slot ${slot} is above ${SLOTS - 1}`);
  return slot;
}
