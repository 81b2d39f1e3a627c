import type { NodeFacts } from "../cluster/types.js";
import type { Pod } from "../ports/platform.js";

/** What the platform knows of the pods, for the checks. */
export function toNodeFacts(pods: readonly Pod[]): readonly NodeFacts[] {
  return pods
    .filter((pod) => pod.address !== "")
    .map(({ address, port, placement, diskFreeBytes, diskTotalBytes, diskInodesFree, dataBytes }) => ({
      address,
      port,
      placement,
      ...(diskFreeBytes === undefined ? {} : { diskFreeBytes }),
      ...(diskTotalBytes === undefined ? {} : { diskTotalBytes }),
      ...(diskInodesFree === undefined ? {} : { diskInodesFree }),
      ...(dataBytes === undefined ? {} : { dataBytes }),
    }));
}
