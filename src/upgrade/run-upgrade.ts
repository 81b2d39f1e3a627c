import { PROOF_DEADLINE_MS } from "../cluster/constants.js";
import type { Finding, Topology } from "../cluster/types.js";
import { EvenkeelError, EXIT } from "../errors/evenkeel-error.js";
import type { Recorder, Span } from "../events/recorder.js";
import type { AgentClient } from "../ports/agent-client.js";
import type { Clock } from "../ports/clock.js";
import type { Platform, Pod, PodTemplate } from "../ports/platform.js";
import { planUpgrade, type UpgradePlan, type UpgradeStep } from "./plan.js";
import { type Look, waitUntil } from "./wait-until.js";

/** What the engine works through; it knows no process and no pod network. */
export interface UpgradePorts {
  readonly platform: Platform;
  readonly agents: AgentClient;
  readonly clock: Clock;
  /** Asks every node. */
  observe(): Promise<Topology>;
  /** All health checks. */
  check(topology: Topology): Promise<readonly Finding[]>;
}

export interface UpgradeOptions {
  readonly target: PodTemplate;
  readonly recorder: Recorder;
  readonly signal?: AbortSignal | undefined;
  /** A pod may take as long as its grace period and its start. */
  readonly podDeadlineMs: number;
  readonly handoverDeadlineMs: number;
}

export interface UpgradeOutcome {
  readonly plan: UpgradePlan;
  /** Elections during the upgrade, by the cluster's own epoch. */
  readonly failovers: number;
  readonly phases: Readonly<Record<string, number>>;
}

interface Run extends UpgradeOptions, UpgradePorts {
  readonly phases: Record<string, number>;
}

const PHASES = ["preflight", "replicas", "hand over", "former primaries", "post-check"] as const;

/**
 * Brings every node to the target, one at a time: replicas, one verified hand-over per shard, former primaries.
 * When something does not hold within its deadline it stops there and says so; nothing further is touched.
 * @throws EvenkeelError `CHECKS_BLOCK` (exit 3) before anything was touched; `UPGRADE_STOPPED` (exit 4) afterwards
 */
export async function runUpgrade(ports: UpgradePorts, options: UpgradeOptions): Promise<UpgradeOutcome> {
  const run: Run = { ...ports, ...options, phases: {} };
  const before = await phase(run, "preflight", (span) => preflight(run, span));
  const { plan } = before;
  run.recorder.emit("PLAN_MADE", `${plan.steps.length} steps, ${plan.failovers} hand-overs`, {
    from: name(plan.from),
    to: name(plan.to),
    phases: PHASES,
  });
  if (plan.steps.length > 0) await ports.platform.stage(options.target);
  const steps = (kind: UpgradeStep["kind"]): readonly UpgradeStep[] => plan.steps.filter((step) => step.kind === kind);
  await phase(run, "replicas", (span) => each(run, span, steps("roll-replica")));
  await phase(run, "hand over", (span) => each(run, span, steps("hand-over")));
  await phase(run, "former primaries", (span) => each(run, span, steps("roll-former-primary")));
  const after = await phase(run, "post-check", (span) => postCheck(run, span));
  return { plan, failovers: epoch(after) - epoch(before.topology), phases: run.phases };
}

const name = (template: PodTemplate): string => `${template.engine}@${template.version}`;
const epoch = (topology: Topology): number => Math.max(0, ...topology.views.map((view) => view.cluster.currentEpoch));

async function phase<T>(run: Run, title: (typeof PHASES)[number], work: (span: Span) => Promise<T>): Promise<T> {
  const span = run.recorder.span(title);
  span.emit("PHASE_STARTED", title, { phase: title });
  try {
    const value = await work(span);
    run.phases[title] = span.finish("PHASE_FINISHED", title, { phase: title, outcome: "passed" });
    return value;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    run.phases[title] = span.finish("PHASE_FINISHED", `${title}: ${reason}`, { phase: title, outcome: "failed" });
    if (title === "preflight") throw error;
    run.recorder.emit("UPGRADE_STOPPED", `stopped in phase "${title}": ${reason}`, { phase: title, reason });
    if (run.signal?.aborted) throw error;
    throw new EvenkeelError(`the upgrade stopped in phase "${title}": ${reason}; the cluster goes on as it is now`, {
      code: "UPGRADE_STOPPED",
      owner: "environment",
      exitCode: EXIT.failed,
      hint: "evenkeel check post, then the same command again: it goes on with what is left",
      cause: error,
      details: { phase: title },
    });
  }
}

async function preflight(run: Run, span: Span): Promise<{ topology: Topology; plan: UpgradePlan }> {
  const topology = await run.observe();
  const blocking = await findings(run, span, topology);
  if (blocking.length > 0) {
    throw new EvenkeelError(
      `${blocking.length} check${blocking.length === 1 ? "" : "s"} block the upgrade: ${blocking.map((one) => `${one.id}: ${one.evidence}`).join("; ")}`,
      {
        code: "CHECKS_BLOCK",
        owner: "user",
        exitCode: EXIT.refused,
        hint: "evenkeel check pre",
        details: { findings: blocking },
      },
    );
  }
  return { topology, plan: planUpgrade({ topology, pods: await run.platform.pods(), target: run.target }) };
}

async function findings(run: Run, span: Span, topology: Topology): Promise<readonly Finding[]> {
  const all = await run.check(topology);
  const failed = all.filter((finding) => finding.status === "fail");
  for (const finding of failed) span.emit("CHECK_FINDING", `${finding.id}: ${finding.evidence}`, finding);
  const blocking = failed.filter((finding) => finding.severity === "block");
  span.emit(
    "CHECK_DONE",
    `${all.length - failed.length} passed, ${failed.length - blocking.length} warn, ${blocking.length} block`,
    {
      passed: all.length - failed.length,
      warnings: failed.length - blocking.length,
      blocking: blocking.length,
    },
  );
  return blocking;
}

async function each(run: Run, parent: Span, steps: readonly UpgradeStep[]): Promise<void> {
  for (const step of steps) {
    run.signal?.throwIfAborted();
    const title = step.kind === "hand-over" ? `hand over ${step.pod}` : `replace ${step.pod}`;
    const span = parent.span(step.pod);
    span.emit("STEP_STARTED", title, { step: title, pod: step.pod });
    try {
      if (step.kind === "hand-over") await handOver(run, span, step);
      else await replace(run, span, step);
      span.finish("STEP_FINISHED", title, { step: title, pod: step.pod, outcome: "passed" });
    } catch (error) {
      span.finish("STEP_FINISHED", `${title}: ${error instanceof Error ? error.message : String(error)}`, {
        step: title,
        pod: step.pod,
        outcome: "failed",
      });
      throw error;
    }
  }
}

async function podNamed(run: Run, pod: string): Promise<Pod> {
  const found = (await run.platform.pods()).find((one) => one.name === pod);
  if (!found)
    throw new EvenkeelError(`pod ${pod} is gone`, { code: "POD_GONE", owner: "environment", hint: "evenkeel status" });
  return found;
}

/** Asks the pod's agent, which proves and drains; then looks for itself. */
async function handOver(run: Run, span: Span, step: UpgradeStep): Promise<void> {
  span.emit("HANDOVER_STARTED", `${step.pod} hands its slots over`, { from: step.pod });
  const timeout = AbortSignal.timeout(run.handoverDeadlineMs);
  const result = await run.agents.handOver(step.pod, run.signal ? AbortSignal.any([run.signal, timeout]) : timeout);
  span.finish("HANDOVER_FINISHED", `${step.pod} -> ${result.to ?? "-"}: ${result.outcome}; ${result.reason}`, {
    from: result.from,
    ...(result.to === undefined ? {} : { to: result.to }),
    outcome: result.outcome,
    attempts: result.attempts,
    timings: result.timings,
  });
  if (result.outcome !== "done" && result.outcome !== "not-needed") {
    throw new EvenkeelError(`${step.pod} could not hand its slots over: ${result.reason}`, {
      code: "HANDOVER_FAILED",
      owner: "environment",
      retryable: true,
    });
  }
  const pod = await podNamed(run, step.pod);
  await waitUntil(`${step.pod} to be a replica in every view`, async () => settledReplica(await run.observe(), pod), {
    clock: run.clock,
    deadlineMs: 2 * PROOF_DEADLINE_MS,
    recorder: span,
    signal: run.signal,
  });
}

/** Stops the pod by the platform's own way and waits until the new one is in step. Never stops a node that owns slots. */
async function replace(run: Run, span: Span, step: UpgradeStep): Promise<void> {
  const old = await podNamed(run, step.pod);
  const settled = settledReplica(await run.observe(), old);
  if (!settled.reached) {
    throw new EvenkeelError(`${step.pod} must not be stopped now: ${settled.reason}`, {
      code: "STEP_REFUSED",
      owner: "environment",
      retryable: true,
    });
  }
  await run.platform.replace(old.name, old.uid);
  await waitUntil(`${step.pod} to run ${name(run.target)}, in step with its primary`, () => replaced(run, old), {
    clock: run.clock,
    deadlineMs: run.podDeadlineMs,
    recorder: span,
    signal: run.signal,
  });
  span.finish("POD_REPLACED", `${step.pod} runs ${name(run.target)}`, {
    pod: step.pod,
    from: name(old.template),
    to: name(run.target),
  });
}

async function replaced(run: Run, old: Pod): Promise<Look<true>> {
  const pod = await podNamed(run, old.name);
  if (pod.uid === old.uid)
    return { reached: false, reason: `${pod.phase}${pod.reason === "" ? "" : `: ${pod.reason}`}` };
  if (!pod.ready)
    return {
      reached: false,
      reason: `new pod is ${pod.phase}, not ready${pod.reason === "" ? "" : `: ${pod.reason}`}`,
    };
  return settledReplica(await run.observe(), pod, run.target);
}

/** The pod's node is a replica in step, and every view agrees on everything. */
function settledReplica(topology: Topology, pod: Pod, target?: PodTemplate): Look<true> {
  const node = topology.nodes.find((one) => one.address === pod.address && one.port === pod.port);
  const not = (reason: string): Look<true> => ({ reached: false, reason });
  if (topology.unreachable[0]) return not(topology.unreachable[0].reason);
  if (!node?.view) return not(`no node answers at ${pod.address}:${pod.port}`);
  if (target && node.view.server.version !== target.version)
    return not(`${pod.name} still runs ${node.view.server.version}`);
  if (node.role !== "replica" || node.slots.length > 0) return not(`${pod.name} is a primary`);
  if (node.view.server.primaryLinkUp !== true) return not(`${pod.name}: link to its primary is down`);
  if (topology.disagreements[0]) return not(topology.disagreements[0].message);
  return { reached: true, value: true };
}

async function postCheck(run: Run, span: Span): Promise<Topology> {
  let topology = await run.observe();
  await waitUntil(
    "every check to pass",
    async () => {
      topology = await run.observe();
      const blocking = (await run.check(topology)).filter(
        (finding) => finding.status === "fail" && finding.severity === "block",
      );
      const [first] = blocking;
      return first ? { reached: false, reason: `${first.id}: ${first.evidence}` } : { reached: true, value: true };
    },
    { clock: run.clock, deadlineMs: 30_000, recorder: span, signal: run.signal, everyMs: 250 },
  );
  await findings(run, span, topology);
  const odd = topology.nodes.filter((node) => node.view && node.view.server.version !== run.target.version);
  if (odd.length > 0) {
    throw new EvenkeelError(`${odd.map((node) => node.address).join(", ")} do not run ${name(run.target)}`, {
      code: "WRONG_VERSION",
      owner: "environment",
    });
  }
  return topology;
}
