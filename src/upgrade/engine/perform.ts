import { PROOF_DEADLINE_MS } from "../../cluster/constants.js";
import { formatEngine } from "../../cluster/engines.js";
import { formatSlots } from "../../cluster/slots.js";
import type { Finding, Topology } from "../../cluster/types.js";
import type { Span } from "../../events/recorder.js";
import type { Pod, PodTemplate } from "../../ports/platform.js";
import type { Act, Step } from "../plan/types.js";
import { type Look, waitUntil } from "../wait-until.js";
import { hardLimit, refused, stepFailed } from "./failures.js";
import type { EngineOptions, EnginePorts } from "./ports.js";
import { settledReplica } from "./settled.js";
import type { Watch } from "./watch.js";

/** All that a step needs. */
export interface Performing {
  readonly ports: EnginePorts;
  readonly options: EngineOptions;
  readonly watch: Watch | undefined;
  /** Version that the steps lead to; in a rollback the former one. */
  readonly to: PodTemplate;
  /** Id of the upgrade, which names its snapshots. */
  readonly upgrade: string;
  readonly span: Span;
}

type ActOf<Kind extends Act["kind"]> = Extract<Act, { kind: Kind }>;

/** Does one step and waits for its proof. Facts that a resumed run must know are returned. */
export async function perform(step: Step, run: Performing): Promise<Readonly<Record<string, unknown>>> {
  const { act } = step;
  const { platform } = run.ports;
  switch (act.kind) {
    case "check":
      await check(run, act);
      return {};
    case "try-configuration":
      await tryConfiguration(run);
      return {};
    case "snapshot":
      return snapshot(run, act);
    case "stage":
      await platform.stage(run.to);
      return {};
    case "add-replica":
      return addReplica(run, act, step.deadlineMs);
    case "roll":
      await roll(run, act, step.deadlineMs);
      return {};
    case "hand-over":
      await handOver(run, act, step.deadlineMs);
      return {};
    case "soak":
      await soak(run, act.ms);
      return {};
    case "remove-replica":
      await platform.removeReplica(act.pod);
      return { removed: act.pod };
    case "restore":
      await restore(run, act, step.deadlineMs);
      return {};
    case "finish":
      await platform.rest();
      return {};
  }
}

/** Tells what was found and returns what blocks. */
export async function findBlocking({ ports, span }: Performing, topology: Topology): Promise<readonly Finding[]> {
  const all = await ports.check(topology);
  const failed = all.filter((finding) => finding.status === "fail");
  const blocking = failed.filter((finding) => finding.severity === "block");
  for (const finding of failed) span.emit("CHECK_FINDING", `${finding.id}: ${finding.evidence}`, finding);
  const counts = {
    passed: all.length - failed.length,
    warnings: failed.length - blocking.length,
    blocking: blocking.length,
  };
  span.emit("CHECK_DONE", `${counts.passed} passed, ${counts.warnings} warn, ${counts.blocking} block`, counts);
  return blocking;
}

async function check(run: Performing, { when }: ActOf<"check">): Promise<void> {
  const { ports, options, span } = run;
  if (when === "pre") {
    const blocking = await findBlocking(run, await ports.observe());
    if (blocking.length === 0) return;
    const said = blocking.map((one) => `${one.id}: ${one.evidence}`).join("; ");
    throw refused(
      "CHECKS_BLOCK",
      `${blocking.length} check${blocking.length === 1 ? " blocks" : "s block"} the upgrade: ${said}`,
      "evenkeel check pre",
      {
        findings: blocking,
      },
    );
  }
  const topology = await waitUntil(
    "every check to pass",
    async (): Promise<Look<Topology>> => {
      const seen = await ports.observe();
      const first = (await ports.check(seen)).find(
        (finding) => finding.status === "fail" && finding.severity === "block",
      );
      return first ? { reached: false, reason: `${first.id}: ${first.evidence}` } : { reached: true, value: seen };
    },
    {
      clock: ports.clock,
      deadlineMs: options.policy.deadlines.checkMs,
      recorder: span,
      signal: options.signal,
      everyMs: 250,
    },
  );
  await findBlocking(run, topology);
  const odd = topology.nodes.filter((node) => node.view && node.view.server.version !== run.to.version);
  if (odd.length > 0)
    throw stepFailed(
      "WRONG_VERSION",
      `${odd.map((node) => node.address).join(", ")} do not run ${formatEngine(run.to)}`,
    );
}

async function tryConfiguration({ ports, to }: Performing): Promise<void> {
  const { accepted, reason } = await ports.platform.tryConfiguration(to);
  if (!accepted)
    throw stepFailed("CONFIG_REFUSED", `${formatEngine(to)} does not accept the cluster's configuration: ${reason}`);
}

async function snapshot(
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

/** The one step that loses what was written since: only ever planned when a person accepted that. */
async function restore(run: Performing, { shard, snapshotSet }: ActOf<"restore">, deadlineMs: number): Promise<void> {
  const { ports, options, span } = run;
  const owner = (await ports.observe()).shards.filter((one) => one.slots.length > 0)[shard];
  const kept = (await ports.platform.snapshots()).find(
    (one) => one.set === snapshotSet && owner !== undefined && formatSlots(one.slots) === formatSlots(owner.slots),
  );
  if (!owner || !kept)
    throw stepFailed("SNAPSHOT_NOT_FOUND", `there is no snapshot of shard ${shard} in ${snapshotSet}`);
  const pods = await ports.platform.pods();
  const nameOf = (address: string): string => pods.find((pod) => pod.address === address)?.name ?? "";
  const primary = nameOf(owner.primary.address);
  await ports.platform.restoreShard({
    snapshot: kept,
    primary,
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

async function podNamed({ ports }: Performing, name: string): Promise<Pod> {
  const pod = (await ports.platform.pods()).find((one) => one.name === name);
  if (!pod) throw stepFailed("POD_GONE", `pod ${name} is gone`);
  return pod;
}

async function addReplica(
  run: Performing,
  { primary }: ActOf<"add-replica">,
  deadlineMs: number,
): Promise<Readonly<Record<string, unknown>>> {
  const { ports, options, span } = run;
  const name = await ports.platform.addReplica({ primary });
  await waitUntil(
    `${name} to be in step with ${primary}`,
    async () => {
      const pod = await podNamed(run, name);
      return pod.ready
        ? settledReplica(await ports.observe(), pod)
        : { reached: false, reason: `${pod.phase} ${pod.reason}` };
    },
    { clock: ports.clock, deadlineMs, recorder: span, signal: options.signal },
  );
  return { replica: name };
}

/** A hard limit ends any wait; the verdict is never looked at between the beginning and the end of a hand-over. */
function requireNoHardLimit({ watch }: Performing): void {
  const verdict = watch?.verdict();
  if (verdict?.kind === "hard") throw hardLimit(verdict.reason);
}

/** Stops the pod by the platform's own way and waits until the new one is in step. Never stops a node that owns slots. */
async function roll(run: Performing, { pod: name }: ActOf<"roll">, deadlineMs: number): Promise<void> {
  const { ports, options, span, to } = run;
  const old = await podNamed(run, name);
  const owns = (await ports.observe()).nodes.find((node) => node.address === old.address && node.slots.length > 0);
  if (owns) throw stepFailed("STEP_REFUSED", `${name} must not be stopped: it owns slots`);
  await ports.platform.replace(old.name, old.uid);
  await waitUntil(
    `${name} to run ${formatEngine(to)}, in step with its primary`,
    async (): Promise<Look<true>> => {
      requireNoHardLimit(run);
      const pod = await podNamed(run, name);
      const said = `${pod.phase}${pod.reason === "" ? "" : `: ${pod.reason}`}`;
      if (pod.uid === old.uid) return { reached: false, reason: said };
      // A server that ends again and again will not come; the platform goes on trying until it is rolled back.
      if (pod.phase === "crashed")
        throw stepFailed("POD_CRASHED", `${name} does not start with ${formatEngine(to)}: ${pod.reason}`);
      if (!pod.ready) return { reached: false, reason: `new pod is ${said}, not ready` };
      return settledReplica(await ports.observe(), pod, to);
    },
    { clock: ports.clock, deadlineMs, recorder: span, signal: options.signal, everyMs: 50 },
  );
  span.finish("POD_REPLACED", `${name} runs ${formatEngine(to)}`, {
    pod: name,
    from: formatEngine(old.template),
    to: formatEngine(to),
  });
}

/** Asks the pod's agent, which proves and drains; then looks for itself. An interrupt is heard when it is over. */
async function handOver(run: Performing, { pod: name }: ActOf<"hand-over">, deadlineMs: number): Promise<void> {
  const { ports, span } = run;
  span.emit("HANDOVER_STARTED", `${name} hands its slots over`, { from: name });
  const result = await ports.agents.handOver(name, AbortSignal.timeout(deadlineMs));
  span.finish("HANDOVER_FINISHED", `${name} -> ${result.to ?? "-"}: ${result.outcome}; ${result.reason}`, {
    from: result.from,
    ...(result.to === undefined ? {} : { to: result.to }),
    outcome: result.outcome,
    attempts: result.attempts,
    timings: result.timings,
  });
  if (result.outcome !== "done" && result.outcome !== "not-needed") {
    throw stepFailed("HANDOVER_FAILED", `${name} could not hand its slots over: ${result.reason}`);
  }
  const pod = await podNamed(run, name);
  await waitUntil(`${name} to be a replica in every view`, async () => settledReplica(await ports.observe(), pod), {
    clock: ports.clock,
    deadlineMs: 2 * PROOF_DEADLINE_MS,
    recorder: span,
  });
}

/** Watches for so long; a pod that restarts or falls out of service meanwhile has failed. */
async function soak(run: Performing, ms: number): Promise<void> {
  const { ports, options, span } = run;
  const { clock } = ports;
  const before = await ports.platform.pods();
  const begin = clock.now();
  const unreadySince = new Map<string, number>();
  const uids = new Map(before.map((pod) => [pod.name, pod.uid]));
  await waitUntil(
    `the soak of ${ms / 1000} s`,
    async (): Promise<Look<true>> => {
      requireNoHardLimit(run);
      const now = clock.now();
      for (const pod of await ports.platform.pods()) {
        // An old copy that ends is no evidence against the target: it is planned for after the soak, and nothing is taken back to it.
        if (formatEngine(pod.template) === formatEngine(run.to)) {
          requireSteady(pod, before, { unreadySince, now, patienceMs: options.policy.hard.podBackMs });
        }
        tellReplaced(run, pod, uids);
      }
      return now - begin >= ms
        ? { reached: true, value: true }
        : { reached: false, reason: `${Math.round((now - begin) / 1000)} s over` };
    },
    { clock, deadlineMs: ms + 60_000, recorder: span, signal: options.signal, everyMs: 250 },
  );
}

/** A pod that somebody else replaced came back with the staged template: that is told now, and planned for after the soak. */
function tellReplaced({ span }: Performing, { name, uid, template }: Pod, uids: Map<string, string>): void {
  if (uids.get(name) === uid || uid === "") return;
  uids.set(name, uid);
  span.emit("WARNING", `${name} was replaced by somebody else and came back with ${formatEngine(template)}`, {
    reason: `${name} is another pod than when the soak began`,
  });
}

interface Steadiness {
  readonly unreadySince: Map<string, number>;
  readonly now: number;
  readonly patienceMs: number;
}

function requireSteady(pod: Pod, before: readonly Pod[], { unreadySince, now, patienceMs }: Steadiness): void {
  const was = before.find((one) => one.name === pod.name);
  if (was?.uid === pod.uid && pod.containerRestarts > was.containerRestarts) {
    throw stepFailed(
      "POD_RESTARTED",
      `the server of ${pod.name} ended by itself during the soak${pod.reason === "" ? "" : `: ${pod.reason}`}`,
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
