import type { Command } from "../../../src/redis/connect-node.js";
import type { PlainServer } from "./plain-server.js";

const many = (count: number, make: (index: number) => readonly (string | number)[]): (string | number)[] =>
  Array.from({ length: count }, (_, index) => make(index)).flat();

/**
 * Scores have few digits: Redis 7.0 writes the others with more digits than later versions, also when it computes a digest.
 *
 * Commands that make every type in every encoding that all engines have, under one hash tag.
 * @param phase part of each key: what one phase wrote is kept apart from the next
 */
export function sampleData(phase: string): Command[] {
  const key = (name: string): string => `{k}:${phase}:${name}`;
  return [
    ["SET", key("int"), 4711],
    ["INCRBY", key("int"), 5],
    ["SET", key("text"), "héllo\u0000\r\n wörld"],
    ["APPEND", key("text"), "x".repeat(3000)],
    ["SET", key("ttl"), "goes", "EX", 86_400],
    ["SETBIT", key("bits"), 4099, 1],
    ["PFADD", key("hll"), ...many(200, (index) => [`visitor-${index}`])],
    ["RPUSH", key("list"), 1, "two", "3.5", "x".repeat(70)],
    ["RPUSH", key("long-list"), ...many(300, (index) => [`${index}-${"y".repeat(100)}`])],
    ["LMOVE", key("list"), key("other-list"), "LEFT", "RIGHT"],
    ["SADD", key("ints"), 1, 2, 3, 70_000, 5_000_000_000],
    ["SADD", key("words"), "a", "b", "c"],
    ["SADD", key("many-words"), ...many(600, (index) => [`word-${index}`])],
    ["ZADD", key("scores"), 1.5, "a", "-inf", "b", 42, "c"],
    ["ZADD", key("many-scores"), ...many(300, (index) => [index / 4, `member-${index}`])],
    ["GEOADD", key("places"), 13.361389, 38.115556, "Palermo", 15.087269, 37.502669, "Catania"],
    ["HSET", key("hash"), "f", "v", "number", 12],
    ["HINCRBY", key("hash"), "number", 2],
    ["HSET", key("big-hash"), ...many(600, (index) => [`field-${index}`, `value-${index}`])],
    ...many(40, (index) => [index]).map((index): Command => [
      "XADD",
      key("stream"),
      `${Number(index) + 1}-1`,
      "a",
      index,
      "b",
      "x",
    ]),
    ["XGROUP", "CREATE", key("stream"), "group", "0"],
    ["XREADGROUP", "GROUP", "group", "reader", "COUNT", 10, "STREAMS", key("stream"), ">"],
    ["XACK", key("stream"), "group", "1-1", "2-1"],
    ["XDEL", key("stream"), "5-1"],
    ["EVAL", "return redis.call('SET', KEYS[1], ARGV[1])", 1, key("by-script"), phase],
    [
      "FUNCTION",
      "LOAD",
      "REPLACE",
      `#!lua name=lib_${phase}\nredis.register_function('f_${phase}', function() return 1 end)`,
    ],
  ];
}

/** A fingerprint of all that a server holds: every key's type, value and whether it has a TTL, and the function libraries. */
export async function fingerprint(server: PlainServer): Promise<string> {
  const digest = await server.call("DEBUG", "DIGEST");
  const libraries = (await server.call("FUNCTION", "LIST")) as unknown[][];
  const names = libraries.map((library) => String(library[1])).toSorted();
  return `${String(digest)} ${names.join(",")}`;
}
