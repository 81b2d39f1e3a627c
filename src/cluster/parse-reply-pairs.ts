/** A reply of alternating names and values (RESP2), or a map (RESP3), as a record. Anything else gives nothing. */
export function parseReplyPairs(reply: unknown): Record<string, unknown> {
  if (reply instanceof Map)
    return Object.fromEntries([...reply].map(([name, value]) => [String(name), value as unknown]));
  if (Array.isArray(reply)) {
    const pairs: Record<string, unknown> = {};
    for (let index = 0; index + 1 < reply.length; index += 2) pairs[String(reply[index])] = reply[index + 1];
    return pairs;
  }
  return typeof reply === "object" && reply !== null ? { ...reply } : {};
}
