import { formatSlots } from "../../../cluster/slots.js";
import { type Look, waitUntil } from "../../wait-until.js";
import { stepFailed } from "../failures.js";
import type { ActOf, Performing } from "./performing.js";

/** Keeps a shard's data aside; the platform proves that it can be loaded. */
export async function snapshot(
  { ports, upgrade, span }: Performing,
  { shard, pod }: ActOf<"snapshot">,
): Promise<Readonly<Record<string, unknown>>> {
  const topology = await ports.observe();
  const address = (await ports.platform.pods()).find((one) => one.name === pod)?.address;
  const slots =
    topology.shards.find((one) => [one.primary, ...one.replicas].some((node) => node.address === address))?.slots ?? [];
  const made = await ports.platform.snapshot({ set: upgrade, shard, pod, slots });
  span.emit("SNAPSHOT_MADE", `shard ${shard}: ${made.keys} keys, ${made.bytes} bytes`, {
    shard,
    keys: made.keys,
    bytes: made.bytes,
    place: made.place,
  });
  return { snapshot: made.id, takenAt: made.takenAt };
}

/**
 * The one step that loses what was written since: only ever planned when a person accepted that.
 * @throws EvenkeelError `SNAPSHOT_NOT_FOUND`, `DEADLINE`
 */
export async function restore(
  run: Performing,
  { shard, snapshotSet }: ActOf<"restore">,
  deadlineMs: number,
): Promise<void> {
  const { ports, options, span } = run;
  const owner = (await ports.observe()).shards.filter((one) => one.slots.length > 0)[shard];
  const kept = (await ports.platform.snapshots()).find(
    (one) => one.set === snapshotSet && owner !== undefined && formatSlots(one.slots) === formatSlots(owner.slots),
  );
  if (!owner || !kept)
    throw stepFailed("SNAPSHOT_NOT_FOUND", `there is no snapshot of shard ${shard} in ${snapshotSet}`);
  const pods = await ports.platform.pods();
  const nameOf = (address: string): string => pods.find((pod) => pod.address === address)?.name ?? "";
  await ports.platform.restoreShard({
    snapshot: kept,
    primary: nameOf(owner.primary.address),
    replicas: owner.replicas.map((one) => nameOf(one.address)),
  });
  await waitUntil(
    `shard ${shard} to serve its snapshot`,
    async (): Promise<Look<true>> => {
      const waiting = (await ports.platform.pods()).find((pod) => !pod.ready);
      if (waiting)
        return { reached: false, reason: `${waiting.name} is ${waiting.phase}, not ready: ${waiting.reason}` };
      const topology = await ports.observe();
      const problem = topology.unreachable[0]?.reason ?? topology.disagreements[0]?.message;
      return problem === undefined ? { reached: true, value: true } : { reached: false, reason: problem };
    },
    { clock: ports.clock, deadlineMs, recorder: span, signal: options.signal },
  );
}
