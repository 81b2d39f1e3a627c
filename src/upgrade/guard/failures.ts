import type { WitnessWindow } from "../../ports/witness.js";
import type { UpgradePolicy } from "../policy/policy.js";

/** Failed commands that count: those of a class that the policy does not excuse in this client. */
export interface Failures {
  /** Client -> class -> count, over the whole run. */
  readonly byClient: Readonly<Record<string, Readonly<Record<string, number>>>>;
  readonly total: number;
  /** Of the last windows, no older than a second before the newest. */
  readonly recent: readonly { readonly endMs: number; readonly failed: number }[];
  /** The most that failed in one second. */
  readonly perSecondMax: number;
}

export const NO_FAILURES: Failures = { byClient: {}, total: 0, recent: [], perSecondMax: 0 };

const SECOND_MS = 1000;

/** Adds the failures of one window. */
export function addFailures(
  before: Failures,
  window: WitnessWindow,
  options: { readonly endMs: number; readonly ignoreErrors: UpgradePolicy["ignoreErrors"] },
): Failures {
  const { endMs, ignoreErrors } = options;
  const counted = countedErrors(window, ignoreErrors);
  const failed = counted.reduce((sum, [, , count]) => sum + count, 0);
  const since = endMs - SECOND_MS;
  const recent = before.recent.filter((one) => one.endMs > since);
  if (failed === 0) return recent.length === before.recent.length ? before : { ...before, recent };

  const byClient: Record<string, Record<string, number>> = {};
  for (const [client, errors] of Object.entries(before.byClient)) byClient[client] = { ...errors };
  for (const [client, name, count] of counted) {
    const errors = (byClient[client] ??= {});
    errors[name] = (errors[name] ?? 0) + count;
  }
  const now = [...recent, { endMs, failed }];
  const perSecond = now.reduce((sum, one) => sum + one.failed, 0);
  return {
    byClient,
    total: before.total + failed,
    recent: now,
    perSecondMax: Math.max(before.perSecondMax, perSecond),
  };
}

function countedErrors(
  window: WitnessWindow,
  ignoreErrors: UpgradePolicy["ignoreErrors"],
): (readonly [client: string, name: string, count: number])[] {
  return Object.entries(window.clients).flatMap(([client, { errors }]) =>
    Object.entries(errors)
      .filter(([name]) => !ignoreErrors[client]?.includes(name))
      .map(([name, count]) => [client, name, count] as const),
  );
}

/** e.g. `ioredis: CLUSTERDOWN 2, timeout 1; iovalkey: timeout 3` */
export function describeFailures({ byClient }: Failures): string {
  return Object.entries(byClient)
    .map(([client, errors]) => {
      const counts = Object.entries(errors).map(([name, count]) => `${name} ${count}`);
      return `${client}: ${counts.join(", ")}`;
    })
    .join("; ");
}
