import { formatEngine } from "../../../cluster/engines.js";
import { PLACEMENT_CHECKS } from "../../../cluster/checks/placement.js";
import type { Finding, Topology } from "../../../cluster/types.js";
import { type Look, waitUntil } from "../../wait-until.js";
import { refused, stepFailed } from "../failures.js";
import { findOrdinaryInUse } from "../ordinary-in-use.js";
import { runsTemplate } from "../settled.js";
import type { EngineOptions, EnginePorts } from "../ports.js";
import type { ActOf, Performing } from "./performing.js";

/** What the checks need of a run. */
interface Checking extends Pick<Performing, "span"> {
  readonly ports: Pick<EnginePorts, "observe" | "check" | "clock">;
  readonly options: Pick<EngineOptions, "policy" | "signal">;
}

/** Where the nodes stand: no fault of the version that all run now ({@link PLACEMENT_CHECKS}). */
export const isPlacement = ({ id }: Finding): boolean => PLACEMENT_CHECKS.some((one) => one === id);

const fails = ({ status, severity }: Finding): boolean => status === "fail" && severity === "block";

/** Blocks, and no further hand-over would mend it. */
export const blocksHandover = (finding: Finding): boolean => fails(finding) && !isPlacement(finding);

/**
 * Runs all checks and tells what they found.
 * @param extra what was found beside them, e.g. about the pair of versions
 * @returns those that failed
 */
export async function findAll(
  { ports, span }: Pick<Checking, "ports" | "span">,
  topology: Topology,
  extra: readonly Finding[] = [],
): Promise<readonly Finding[]> {
  const all = [...(await ports.check(topology)), ...extra];
  const failed = all.filter((finding) => finding.status === "fail");
  const blocking = failed.filter(fails);
  for (const finding of failed) span.emit("CHECK_FINDING", `${finding.id}: ${finding.evidence}`, finding);
  const counts = {
    passed: all.length - failed.length,
    warnings: failed.length - blocking.length,
    blocking: blocking.length,
  };
  span.emit("CHECK_DONE", `${counts.passed} passed, ${counts.warnings} warn, ${counts.blocking} block`, counts);
  return failed;
}

async function checkBefore(run: Performing): Promise<void> {
  const topology = await run.ports.observe();
  const blocking = (await findAll(run, topology, await findOrdinaryInUse(run, topology))).filter(fails);
  refuseBlocked(blocking, "the upgrade");
}

/** @throws EvenkeelError `CHECKS_BLOCK` (exit 3) when there is any */
export function refuseBlocked(blocking: readonly Finding[], what: string): void {
  if (blocking.length === 0) return;
  const said = blocking.map((one) => `${one.id}: ${one.evidence}`).join("; ");
  throw refused(
    "CHECKS_BLOCK",
    `${blocking.length} check${blocking.length === 1 ? " blocks" : "s block"} ${what}: ${said}`,
    "evenkeel check pre",
    { findings: blocking },
  );
}

/**
 * Waits until nothing blocks but where the primaries stand.
 * @throws EvenkeelError `DEADLINE`, the signal's reason
 */
export async function untilChecksPass({ ports, options, span }: Checking): Promise<Topology> {
  return waitUntil(
    "every check to pass",
    async (): Promise<Look<Topology>> => {
      const seen = await ports.observe();
      const first = (await ports.check(seen)).find(blocksHandover);
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
}

/** @returns what is not as it should be, and is no reason to fail */
async function checkAfter(run: Performing): Promise<readonly string[]> {
  const { to } = run;
  const topology = await untilChecksPass(run);
  const failed = await findAll(run, topology);
  const odd = topology.nodes.filter((node) => node.view && !runsTemplate(node.view.server, to));
  if (odd.length > 0)
    throw stepFailed("WRONG_VERSION", `${odd.map((node) => node.address).join(", ")} do not run ${formatEngine(to)}`);
  return failed.filter((finding) => fails(finding) && isPlacement(finding)).map((finding) => finding.evidence);
}

/**
 * All health checks: before anything is changed every blocking one refuses; afterwards they are waited for.
 * @throws EvenkeelError `CHECKS_BLOCK` (exit 3), `DEADLINE`, `WRONG_VERSION`
 */
export async function check(run: Performing, { when }: ActOf<"check">): Promise<Readonly<Record<string, unknown>>> {
  if (when === "pre") {
    await checkBefore(run);
    return {};
  }
  const left = await checkAfter(run);
  return left.length === 0 ? {} : { left };
}

/**
 * A throwaway server of the target reads the cluster's configuration.
 * @throws EvenkeelError `CONFIG_REFUSED`, in the engine's own words
 */
export async function tryConfiguration({ ports, options, to }: Performing, deadlineMs: number): Promise<void> {
  const deadline = AbortSignal.timeout(deadlineMs);
  const late = new Promise<{ readonly accepted: boolean; readonly reason: string }>((resolve) => {
    deadline.addEventListener("abort", () =>
      resolve({ accepted: false, reason: `no answer within ${deadlineMs / 1000} s` }),
    );
  });
  const signal = options.signal ? AbortSignal.any([options.signal, deadline]) : deadline;
  const trying = ports.platform.tryConfiguration(to, signal);
  // Ended by the deadline, it has nothing more to say.
  trying.catch(() => undefined);
  const { accepted, reason } = await Promise.race([trying, late]);
  if (!accepted)
    throw stepFailed("CONFIG_REFUSED", `${formatEngine(to)} does not accept the cluster's configuration: ${reason}`);
}
