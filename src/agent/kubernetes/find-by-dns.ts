import type { Clock } from "../../ports/clock.js";
import type { FindPeers, PeerAddress } from "../peers.js";
import type { LookUp } from "./look-up.js";

/** A name that does not exist, or a DNS that does not answer, is not asked for at every look. */
const AGAIN_MS = 1000;

export interface FindByDnsOptions {
  readonly clock: Clock;
  readonly lookUp: LookUp;
  /** Pods are called `NAME-0`, `NAME-1` …; asked at every look, because pods come and go. */
  readonly pods: () => readonly string[];
  readonly ownPod: string;
  /** Full DNS name of a pod. */
  readonly nameOf: (pod: string) => string;
}

/**
 * Finds peers by DNS. Answers are used as long as DNS says; an address stays in use while DNS does not answer at all, because
 * a hand-over must not depend on it.
 */
export function findByDns({ clock, lookUp, pods, ownPod, nameOf }: FindByDnsOptions): FindPeers {
  const known = new Map<string, { address: string | undefined; untilMs: number }>();
  const find = async (pod: string): Promise<PeerAddress[]> => {
    const last = known.get(pod);
    const now = clock.now();
    if (last === undefined || last.untilMs <= now) {
      const answer = await lookUp(nameOf(pod)).catch(() => "silent" as const);
      const address = answer === "silent" ? last?.address : answer?.address;
      const forMs =
        answer === "silent" || answer === undefined ? AGAIN_MS : Math.max(AGAIN_MS, answer.ttlSeconds * 1000);
      known.set(pod, { address, untilMs: now + forMs });
    }
    const address = known.get(pod)?.address;
    return address === undefined ? [] : [{ pod, address }];
  };
  return async () =>
    (
      await Promise.all(
        pods()
          .filter((pod) => pod !== ownPod)
          .map(find),
      )
    ).flat();
}

/**
 * True when DNS says that the names of the pod itself and of all its peers are gone: the release is being uninstalled. A DNS that
 * does not answer says nothing.
 */
export async function allNamesGone(options: Pick<FindByDnsOptions, "lookUp" | "pods" | "nameOf">): Promise<boolean> {
  const found = await Promise.all(
    options.pods().map(async (pod) => (await options.lookUp(options.nameOf(pod)).catch(() => true)) !== undefined),
  );
  return !found.includes(true);
}
