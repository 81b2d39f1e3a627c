import type { UpgradeStore } from "../../../ports/journal.js";
import type { KubeApi } from "../api/connect.js";
import type { KubeRelease } from "../release/find-release.js";
import { createMapStore } from "./config-map.js";
import { kubeBrake } from "./kube-brake.js";
import { kubeJournal } from "./kube-journal.js";
import { kubeLease } from "./kube-lease.js";

/** Identity of a release's cluster in its journal; the agents use the same. */
export function clusterIdentity({ namespace, fullname }: Pick<KubeRelease, "namespace" | "fullname">): string {
  return `${namespace}/${fullname}`;
}

/**
 * What an upgrade remembers, in the cluster: a Lease and ConfigMaps beside the release, so that any machine with the rights can
 * go on with it. Nothing is asked before the first call.
 *
 * @param cluster identity of the cluster; a journal of another one is refused
 *
 * Its calls reject with EvenkeelError: `JOURNAL_CORRUPT`, `JOURNAL_NEWER`, `JOURNAL_FOREIGN`, `JOURNAL_UNWRITABLE`,
 * `UPGRADE_TAKEN_OVER`, `STATE_CORRUPT` (brake), those of the API.
 */
export function kubernetesUpgradeStore(
  api: KubeApi,
  release: KubeRelease,
  cluster = clusterIdentity(release),
): UpgradeStore {
  const maps = createMapStore(api, release);
  const lease = kubeLease(api, release, `${release.fullname}-upgrade`);
  return {
    lease,
    journal: kubeJournal({
      maps,
      name: `${release.fullname}-journal`,
      cluster,
      leaseLost: lease.lost,
    }),
    brake: kubeBrake(maps, `${release.fullname}-brake`),
  };
}
