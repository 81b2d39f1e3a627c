import { parseClusterInfo } from "./parse-cluster-info.js";
import { parseFailed } from "./parse-failed.js";
import { parseInfo } from "./parse-info.js";
import { parseLinks } from "./parse-links.js";
import { parseClusterNodes } from "./parse-nodes.js";
import { parseReplyPairs } from "./parse-reply-pairs.js";
import { parseRole } from "./parse-role.js";
import type { View } from "./types.js";

/** The replies of one node, as they came. */
export interface RawView {
  /** Where we asked. */
  readonly address: string;
  readonly port: number;
  /** `CLUSTER NODES` */
  readonly nodes: string;
  /** `CLUSTER INFO` */
  readonly clusterInfo: string;
  /** `INFO` */
  readonly info: string;
  /** `ROLE` */
  readonly role: unknown;
  /** `CLUSTER LINKS`; an empty list where the engine has none. */
  readonly links: unknown;
  /** `CONFIG GET`: names and values in turn, or a record. */
  readonly config: unknown;
}

/**
 * Makes the replies of one node a `View`.
 * @throws EvenkeelError `PARSE_FAILED`
 */
export function buildView(raw: RawView): View {
  const nodes = parseClusterNodes(raw.nodes);
  const self = nodes.find((node) => node.self);
  if (!self) throw parseFailed("CLUSTER NODES", raw.nodes.slice(0, 200), "no line is flagged myself");
  return {
    address: raw.address,
    port: raw.port,
    nodeId: self.id,
    nodes,
    cluster: parseClusterInfo(raw.clusterInfo),
    server: parseInfo(raw.info),
    role: parseRole(raw.role),
    links: parseLinks(raw.links),
    config: toTexts(parseReplyPairs(raw.config)),
  };
}

function toTexts(pairs: Readonly<Record<string, unknown>>): Record<string, string> {
  const texts: Record<string, string> = {};
  for (const name in pairs) texts[name] = String(pairs[name]);
  return texts;
}
