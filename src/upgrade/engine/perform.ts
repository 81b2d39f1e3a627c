import type { Step } from "../plan/types.js";
import { check, tryConfiguration } from "./acts/check.js";
import { handOver } from "./acts/hand-over.js";
import type { Performing } from "./acts/performing.js";
import { addReplica, roll } from "./acts/roll.js";
import { restore, snapshot } from "./acts/snapshot.js";
import { soak } from "./acts/soak.js";

/** Does one step and waits for its proof. Facts that a resumed run must know are returned. */
export async function perform(step: Step, run: Performing): Promise<Readonly<Record<string, unknown>>> {
  const { act } = step;
  const { platform } = run.ports;
  switch (act.kind) {
    case "check":
      return check(run, act);
    case "try-configuration":
      await tryConfiguration(run, step.deadlineMs);
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
      return soak(run, act.ms);
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
