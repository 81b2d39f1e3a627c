import { parseFailed } from "./parse-failed.js";
import { parseReplyPairs } from "./parse-reply-pairs.js";
import type { BusLink } from "./types.js";

/**
 * Parses the reply of `CLUSTER LINKS`.
 * @throws EvenkeelError `PARSE_FAILED`
 */
export function parseLinks(reply: unknown): BusLink[] {
  if (!Array.isArray(reply)) throw parseFailed("CLUSTER LINKS", String(reply), "not a list");
  return (reply as readonly unknown[]).map((item) => {
    const link = parseReplyPairs(item);
    const { direction, node } = link;
    if ((direction !== "to" && direction !== "from") || typeof node !== "string") {
      throw parseFailed("CLUSTER LINKS", JSON.stringify(item), "a link without direction or node");
    }
    return {
      direction,
      nodeId: node,
      createdMs: Number(link["create-time"] ?? 0),
      sendBufferBytes: Number(link["send-buffer-used"] ?? 0),
    };
  });
}
