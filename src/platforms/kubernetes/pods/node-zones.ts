import { apiStatus, explainApiError } from "../api/api-error.js";
import type { KubeApi } from "../api/connect.js";

const ZONE_LABEL = "topology.kubernetes.io/zone";
const HOST_LABEL = "kubernetes.io/hostname";

export interface NodePlace {
  readonly host: string;
  readonly zone: string;
}

/**
 * Where nodes stand, by their labels. Each node is asked for once: its labels stay. Without the right to read nodes (they belong
 * to no namespace) the answer is undefined.
 */
export function createNodePlaces(api: KubeApi): (node: string) => Promise<NodePlace | undefined> {
  const known = new Map<string, Promise<NodePlace | undefined>>();
  const ask = async (name: string): Promise<NodePlace | undefined> => {
    try {
      const { metadata } = await api.core.readNode({ name });
      return { host: metadata?.labels?.[HOST_LABEL] ?? name, zone: metadata?.labels?.[ZONE_LABEL] ?? "" };
    } catch (error) {
      const status = apiStatus(error);
      if (status === 403 || status === 404) return undefined;
      known.delete(name);
      throw explainApiError(error, `read the node ${name}`);
    }
  };
  return (name) => {
    const asked = known.get(name) ?? ask(name);
    known.set(name, asked);
    return asked;
  };
}
