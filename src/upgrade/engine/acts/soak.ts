import { formatEngine } from "../../../cluster/engines.js";
import type { Pod } from "../../../ports/platform.js";
import { type Look, waitUntil } from "../../wait-until.js";
import { braked, stepFailed } from "../failures.js";
import { type Performing, requireNoHardLimit } from "./performing.js";

interface Steadiness {
  readonly unreadySince: Map<string, number>;
  readonly now: number;
  readonly patienceMs: number;
}

/**
 * Watches for so long; a pod of the target that restarts or falls out of service meanwhile has failed. Time in which no witness could
 * tell how clients fare does not count.
 * @returns `cut`, with the reason, when something has to be done before it can go on: then it begins anew
 * @throws EvenkeelError `POD_RESTARTED`, `POD_NOT_READY`, `COPY_LOST`, `HARD_LIMIT`; `BRAKED` when nobody could tell for longer than the policy
 * lets an upgrade be held
 */
export async function soak(run: Performing, ms: number): Promise<Readonly<Record<string, unknown>>> {
  const { ports, options, span } = run;
  const { clock } = ports;
  const before = await ports.platform.pods();
  const { maxHoldMs } = options.policy.soft;
  const begin = clock.now();
  let lookedAt = begin;
  let watchedMs = 0;
  const unreadySince = new Map<string, number>();
  const uids = new Map(before.map((pod) => [pod.name, pod.uid]));
  return waitUntil(
    `the soak of ${ms / 1000} s`,
    async (): Promise<Look<{ readonly cut?: string }>> => {
      requireNoHardLimit(run);
      const now = clock.now();
      const pods = await ports.platform.pods();
      const lost = findLost(run, pods);
      if (lost !== undefined) return { reached: true, value: { cut: lost } };
      for (const pod of pods) {
        // An old copy that ends is no evidence against the target: it is planned for, and nothing is taken back to it.
        if (formatEngine(pod.template) === formatEngine(run.to)) {
          requireSteady(pod, before, { unreadySince, now, patienceMs: options.policy.hard.podBackMs });
        }
        tellReplaced(run, pod, uids);
      }
      const blind = whyBlind(run);
      if (blind === undefined) watchedMs += now - lookedAt;
      else if (now - begin - watchedMs > maxHoldMs) throw braked(blind);
      lookedAt = now;
      if (watchedMs >= ms) return { reached: true, value: {} };
      const over = `${Math.round(watchedMs / 1000)} s over`;
      return { reached: false, reason: blind === undefined ? over : `${over}; does not count now: ${blind}` };
    },
    {
      clock,
      deadlineMs: ms + maxHoldMs + 60_000,
      recorder: span,
      signal: options.signal,
      everyMs: Math.min(250, ms / 4),
    },
  );
}

/** Why nobody can tell how clients fare at this moment. */
function whyBlind({ watch }: Performing): string | undefined {
  const verdict = watch?.verdict();
  return verdict?.kind === "inconclusive" && verdict.limit === "silence" ? verdict.reason : undefined;
}

/**
 * @returns the old copy that cannot follow any more, with the reason
 * @throws EvenkeelError `COPY_LOST` when it is one of the target that cannot follow an old primary
 */
function findLost({ watch, to }: Performing, pods: readonly Pod[]): string | undefined {
  for (const { address, port, reason } of watch?.lostCopies() ?? []) {
    const pod = pods.find((one) => one.address === address && one.port === port);
    if (!pod) continue;
    if (formatEngine(pod.template) === formatEngine(to))
      throw stepFailed("COPY_LOST", `${pod.name} cannot follow its primary: ${reason}`);
    return `${pod.name}: ${reason}`;
  }
  return undefined;
}

/** A pod that somebody else replaced came back with the staged template: that is told now, and planned for after the soak. */
function tellReplaced({ span }: Performing, { name, uid, template }: Pod, uids: Map<string, string>): void {
  if (uids.get(name) === uid || uid === "") return;
  uids.set(name, uid);
  span.emit("WARNING", `${name} was replaced by somebody else and came back with ${formatEngine(template)}`, {
    reason: `${name} is another pod than when the soak began`,
  });
}

function requireSteady(pod: Pod, before: readonly Pod[], { unreadySince, now, patienceMs }: Steadiness): void {
  const was = before.find((one) => one.name === pod.name);
  if (was?.uid === pod.uid && pod.containerRestarts > was.containerRestarts) {
    const why = pod.lastExit ?? pod.reason;
    throw stepFailed(
      "POD_RESTARTED",
      `the server of ${pod.name} ended by itself during the soak${why === "" ? "" : `: ${why}`}`,
    );
  }
  if (pod.ready) {
    unreadySince.delete(pod.name);
    return;
  }
  const since = unreadySince.get(pod.name) ?? now;
  unreadySince.set(pod.name, since);
  if (now - since > patienceMs)
    throw stepFailed(
      "POD_NOT_READY",
      `${pod.name} has not been ready for ${Math.round((now - since) / 1000)} s: ${pod.phase} ${pod.reason}`,
    );
}
