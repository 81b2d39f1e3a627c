/** A reply of alternating names and values (RESP2), or a map (RESP3), as a record. Anything else gives nothing. */
export function parseReplyPairs(reply: unknown): Record<string, unknown> {
  if (reply instanceof Map)
    return Object.fromEntries([...reply].map(([name, value]) => [String(name), value as unknown]));
  if (Array.isArray(reply)) {
    const words = reply as readonly unknown[];
    return Object.fromEntries(
      words.flatMap((name, index) =>
        index % 2 === 0 && index + 1 < words.length ? [[String(name), words[index + 1]]] : [],
      ),
    );
  }
  return typeof reply === "object" && reply !== null ? { ...reply } : {};
}
