import { formatEngine } from "../../../cluster/engines.js";
import { type Look, waitUntil } from "../../wait-until.js";
import { stepFailed } from "../failures.js";
import { settledReplica } from "../settled.js";
import { type ActOf, type Performing, podNamed, requireNoHardLimit } from "./performing.js";

/** Adds a replica and waits until it is in step. */
export async function addReplica(
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

/**
 * Stops the pod by the platform's own way and waits until the new one is in step. Never stops a node that owns slots.
 * @throws EvenkeelError `STEP_REFUSED`, `POD_CRASHED`, `HARD_LIMIT`, `DEADLINE`
 */
export async function roll(run: Performing, { pod: name }: ActOf<"roll">, deadlineMs: number): Promise<void> {
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
