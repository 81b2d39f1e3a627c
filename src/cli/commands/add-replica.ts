import { formatEngine } from "../../cluster/engines.js";
import { EXIT, type ExitCode } from "../../errors/evenkeel-error.js";
import type { Pod } from "../../ports/platform.js";
import { systemClock } from "../../ports/system-clock.js";
import { settledReplica } from "../../upgrade/engine/settled.js";
import { type Look, waitUntil } from "../../upgrade/wait-until.js";
import type { CommandContext } from "../context.js";
import { openCluster } from "../open-cluster.js";

export interface AddReplicaOptions {
  /** Pod that owns the slots. */
  readonly primary: string;
}

/** A full sync of much data takes long. */
const DEADLINE_MS = 240_000;

/** Makes one more replica of a primary and waits until it is in step, and every node knows it as what it is. */
export async function run(context: CommandContext, { primary }: AddReplicaOptions): Promise<ExitCode> {
  const { recorder, signal } = context;
  const { platform, observe } = await openCluster(context);
  const name = await platform.addReplica({ primary });
  const span = recorder.span(`pod/${name}`);
  span.emit("POD_STARTING", `${name} starts as a replica of ${primary}`, { pod: name });
  const look = async (): Promise<Look<Pod>> => {
    const pods = await platform.pods();
    const pod = pods.find((each) => each.name === name);
    if (pod?.phase !== "running" || !pod.ready)
      return { reached: false, reason: pod?.reason || (pod?.phase ?? "it is not there yet") };
    const settled = settledReplica(await observe(pods), pod);
    return settled.reached ? { reached: true, value: pod } : settled;
  };
  const pod = await waitUntil(`${name} to be ready`, look, {
    recorder: span,
    clock: systemClock,
    signal,
    deadlineMs: DEADLINE_MS,
  });
  const { host, zone } = pod.placement;
  const text = `${name} is ready: a replica of ${primary} on ${host}, ${zone}, with ${formatEngine(pod.template)}\n`;
  context.printResult(text, { result: "added", pod: name, primary, host, zone, ...pod.template });
  return EXIT.done;
}
