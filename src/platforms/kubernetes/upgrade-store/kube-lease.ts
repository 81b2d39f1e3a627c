import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { hostname } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import type { V1Lease } from "@kubernetes/client-node";
import type { LeaseAnswer, UpgradeLease } from "../../../ports/journal.js";
import { apiStatus, explainApiError, findInApi } from "../api/api-error.js";
import type { KubeApi } from "../api/connect.js";
import type { KubeRelease } from "../release/find-release.js";
import { RELEASE_LABEL } from "../release/labels.js";
import { ownedBy } from "./config-map.js";
import { identifyProcess, isRunning } from "../../local/process-identity.js";

const RENEW_MS = 3000;
const DURATION_SECONDS = 15;
const LOOK_MS = 250;
const HOLDER_ANNOTATION = "evenkeel.dev/holder";

/** The machine's boot: process numbers mean nothing on another machine, nor after a restart. */
function machine(): string {
  try {
    return `${hostname()}-${readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim()}`;
  } catch {
    return hostname();
  }
}

const self = identifyProcess(process.pid);
/** This process, in a way that nobody else can be: one command on one machine. */
const SELF = [machine(), process.pid, self?.born ?? "", randomBytes(4).toString("hex")].join("/");

/** True when the holder was a process of this machine that is gone: nobody has to wait for its lease to run out. */
function isGoneHere(identity: string): boolean {
  const [where = "", pid = "", born = ""] = identity.split("/");
  return where === machine() && born !== "" && Number(pid) !== process.pid && !isRunning({ pid: Number(pid), born });
}

interface Held {
  depth: number;
  timer: NodeJS.Timeout | undefined;
  /** Somebody else took it over: this process was not heard of for too long. */
  lost: boolean;
}

/** By namespace and name: stores of one process share their lease. */
const held = new Map<string, Held>();

/** The lease of a Kubernetes, with what the journal asks of it. */
export interface KubeLease extends UpgradeLease {
  /** This process held it, and somebody else does now. */
  readonly lost: () => boolean;
}

/** The object itself: read, and written by whoever read it last. */
interface LeaseObject {
  readonly read: () => Promise<V1Lease | undefined>;
  /** False when somebody else was faster. */
  readonly write: (lease: V1Lease) => Promise<boolean>;
  /** As this process takes it. */
  readonly mine: (former: V1Lease | undefined, who: string) => V1Lease;
}

function leaseObject({ namespace, coordination }: KubeApi, release: KubeRelease, name: string): LeaseObject {
  return {
    read: () => findInApi(`read the Lease ${name}`, () => coordination.readNamespacedLease({ namespace, name })),
    write: async (lease) => {
      try {
        if (lease.metadata?.resourceVersion === undefined)
          await coordination.createNamespacedLease({ namespace, body: lease });
        else await coordination.replaceNamespacedLease({ namespace, name, body: lease });
        return true;
      } catch (error) {
        const status = apiStatus(error);
        if (status === 409 || status === 404) return false;
        throw explainApiError(error, `write the Lease ${name}`);
      }
    },
    mine: (former, who) => ({
      metadata: {
        name,
        namespace,
        labels: { [RELEASE_LABEL]: release.name },
        annotations: { [HOLDER_ANNOTATION]: `${who} (process ${process.pid} on ${hostname()})` },
        ownerReferences: ownedBy(release),
        ...(former?.metadata?.resourceVersion === undefined
          ? {}
          : { resourceVersion: former.metadata.resourceVersion }),
      },
      spec: {
        holderIdentity: SELF,
        leaseDurationSeconds: DURATION_SECONDS,
        acquireTime: now(),
        renewTime: now(),
        leaseTransitions: (former?.spec?.leaseTransitions ?? 0) + 1,
      },
    }),
  };
}

/** The same lease with other words in its specification. */
const respecified = (lease: V1Lease, spec: Partial<V1Lease["spec"]>): V1Lease =>
  Object.assign({}, lease, { spec: Object.assign({}, lease.spec, spec) });

/**
 * The lease as a `Lease` object that its holder renews. Whether a holder is alive is told by its renewals as they are seen here,
 * never by comparing clocks of two machines; that of a process of this very machine that is gone is free at once.
 */
export function kubeLease(api: KubeApi, release: KubeRelease, name: string): KubeLease {
  const key = `${api.namespace}/${name}`;
  const { read, write, mine } = leaseObject(api, release, name);
  const renew = async (mark: Held): Promise<void> => {
    const lease = await read();
    if (mark.depth === 0) return;
    if (lease?.spec?.holderIdentity !== SELF) {
      mark.lost = true;
      clearInterval(mark.timer);
      return;
    }
    await write(respecified(lease, { renewTime: now() }));
  };
  const hold = (): LeaseAnswer => {
    const mark = held.get(key) ?? { depth: 0, timer: undefined, lost: false };
    mark.depth += 1;
    if (mark.depth === 1) {
      mark.lost = false;
      // A renewal that fails is told by the next one that does not.
      mark.timer = setInterval(() => void renew(mark).catch(() => undefined), RENEW_MS);
      mark.timer.unref();
    }
    held.set(key, mark);
    return { taken: true };
  };
  return {
    lost: () => held.get(key)?.lost ?? false,
    take: async (who) => {
      const mark = held.get(key);
      if (mark && mark.depth > 0 && !mark.lost) return hold();
      let seen: { readonly mark: string; readonly atMs: number } | undefined;
      for (;;) {
        const lease = await read();
        const identity = lease?.spec?.holderIdentity;
        if (lease === undefined || identity === undefined || isGoneHere(identity)) {
          if (await write(mine(lease, who))) return hold();
          continue;
        }
        const stamp = `${identity} ${timeOf(lease.spec?.renewTime)}`;
        // It was renewed while we looked: whoever does that is alive.
        if (seen !== undefined && seen.mark !== stamp) return { taken: false, ...describe(lease) };
        seen ??= { mark: stamp, atMs: performance.now() };
        if (performance.now() - seen.atMs > durationMs(lease) && (await write(mine(lease, who)))) return hold();
        await sleep(LOOK_MS);
      }
    },
    release: async () => {
      const mark = held.get(key);
      if (!mark || mark.depth === 0) return;
      mark.depth -= 1;
      if (mark.depth > 0) return;
      clearInterval(mark.timer);
      const lease = await read();
      if (lease?.spec?.holderIdentity !== SELF) return;
      await write(respecified(lease, { holderIdentity: undefined }));
    },
    holder: async () => {
      const lease = await read();
      const identity = lease?.spec?.holderIdentity;
      if (!lease || identity === undefined || isGoneHere(identity)) return undefined;
      const age = Date.now() - timeOf(lease.spec?.renewTime);
      return age > 2 * durationMs(lease) ? undefined : describe(lease);
    },
  };
}

const durationMs = ({ spec }: V1Lease): number => (spec?.leaseDurationSeconds ?? DURATION_SECONDS) * 1000;

/** The client library calls it a Date and leaves it the text that it was; 0 when there is none. */
function timeOf(time: Date | string | undefined): number {
  return time === undefined ? 0 : new Date(time).getTime();
}

/** The API wants microseconds, which no Date has. */
function now(): Date {
  const date = new Date();
  const text = date.toISOString();
  return Object.assign(date, { toISOString: () => `${text.slice(0, -1)}000Z` });
}

function describe({ metadata, spec }: V1Lease): { readonly holder: string; readonly since: string } {
  return {
    holder: metadata?.annotations?.[HOLDER_ANNOTATION] ?? spec?.holderIdentity ?? "",
    since: spec?.acquireTime === undefined ? "" : new Date(timeOf(spec.acquireTime)).toISOString(),
  };
}
