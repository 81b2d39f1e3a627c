import { callApi } from "../api/api-error.js";
import type { KubeApi } from "../api/connect.js";
import { RELEASE_LABEL } from "../release/labels.js";
import type { KubeRelease } from "../release/find-release.js";

/** A Service made anew has another address; looked for this often. */
const AGAIN_MS = 15_000;

/** The addresses of the Services that are named as their pods. */
export function createServiceAddresses(
  api: KubeApi,
  { name, fullname }: KubeRelease,
): (pods: readonly string[]) => Promise<ReadonlyMap<string, string>> {
  let known: ReadonlyMap<string, string> = new Map();
  let askedAt = Number.NEGATIVE_INFINITY;
  return async (pods) => {
    const complete = pods.every((pod) => known.has(pod));
    if (complete && performance.now() - askedAt < AGAIN_MS) return known;
    const { items } = await callApi("list the Services", () =>
      api.core.listNamespacedService({ namespace: api.namespace, labelSelector: `${RELEASE_LABEL}=${name}` }),
    );
    askedAt = performance.now();
    known = new Map(
      items.flatMap(({ metadata, spec }) => {
        const address = spec?.clusterIP ?? "";
        const own = new RegExp(`^${fullname}-\\d+$`).test(metadata?.name ?? "");
        return own && address !== "" && address !== "None" ? [[metadata?.name ?? "", address] as const] : [];
      }),
    );
    return known;
  };
}
