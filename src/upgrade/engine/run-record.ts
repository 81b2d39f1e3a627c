import { refused } from "./failures.js";
import type { EngineOptions, EnginePorts } from "./ports.js";

/** @throws EvenkeelError `UPGRADE_RUNS` (exit 3), naming who holds the lease since when */
export async function takeLease(
  { store }: Pick<EnginePorts, "store">,
  { by }: Pick<EngineOptions, "by">,
): Promise<void> {
  const lease = await store.lease.take(by);
  if (lease.taken) return;
  throw refused(
    "UPGRADE_RUNS",
    `the cluster is being changed by ${lease.holder} since ${lease.since}`,
    "wait for it; evenkeel brake holds an upgrade, Ctrl-C there stops it safely",
    {
      holder: lease.holder,
      since: lease.since,
    },
  );
}

/** Closes the journal and keeps it beside. */
export async function finish(
  { store }: EnginePorts,
  outcome: "passed" | "rolled-back" | "failed",
  reason: string,
): Promise<void> {
  await store.journal.append({ kind: "finished", outcome, reason });
  await store.journal.archive();
}
