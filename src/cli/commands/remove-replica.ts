import { EXIT, type ExitCode } from "../../errors/evenkeel-error.js";
import type { CommandContext } from "../context.js";
import { openCluster } from "../open-cluster.js";

export interface RemoveReplicaOptions {
  readonly pod: string;
  readonly execute: boolean;
}

/** Stops a replica for good; without `--execute` it says whether it could. */
export async function run(context: CommandContext, { pod, execute }: RemoveReplicaOptions): Promise<ExitCode> {
  const { recorder } = context;
  const { platform, planRemoval } = await openCluster(context);
  const movedTo = await planRemoval(pod);
  if (!execute) {
    const text = `would stop ${pod}, let every node forget it and move its data aside\nNothing was changed. Run it: the same command with --execute\n`;
    context.printResult(text, { result: "planned", pod });
    return EXIT.done;
  }
  const span = recorder.span(`pod/${pod}`);
  span.emit("POD_STOPPING", `${pod} stops for good`, { pod });
  await platform.removeReplica(pod);
  span.emit("POD_STOPPED", `${pod} is gone`, { pod });
  const text = `${pod} is removed; its data is in ${movedTo}\n`;
  context.printResult(text, { result: "removed", pod, movedTo });
  return EXIT.done;
}
