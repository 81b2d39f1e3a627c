import type { ClusterFile } from "./cluster-file.js";

type Names = Pick<ClusterFile, "namespace" | "clusterDomain" | "headless" | "addresses">;

/**
 * Name under which DNS tells a pod's address: that of its own Service, or its record under the headless Service. The dot at the
 * end keeps the resolver from trying it under the search domains first.
 */
export function dnsName(pod: string, { namespace, clusterDomain, headless, addresses }: Names): string {
  const zone = `${namespace}.svc.${clusterDomain}.`;
  return addresses === "stable" ? `${pod}.${zone}` : `${pod}.${headless}.${zone}`;
}
