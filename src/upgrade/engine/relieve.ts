import { formatEngine } from "../../cluster/engines.js";
import type { Span } from "../../events/recorder.js";
import type { Pod } from "../../ports/platform.js";
import { roll } from "./acts/roll.js";
import type { OpenRun } from "./open-run.js";
import type { EngineOptions, EnginePorts } from "./ports.js";
import type { Watch } from "./watch.js";

/** Names of the pods whose copy cannot follow any more, by those who watch. */
export function lostPods(pods: readonly Pod[], watch: Watch | undefined): readonly string[] {
  const lost = watch?.lostCopies() ?? [];
  return pods
    .filter((pod) => lost.some((one) => one.address === pod.address && one.port === pod.port))
    .map((pod) => pod.name);
}

interface Relief {
  readonly ports: EnginePorts;
  readonly options: EngineOptions;
  readonly open: OpenRun;
  readonly watch: Watch;
  readonly span: Span;
}

/**
 * Before a person is asked: old copies that empty themselves and ask their primary for one full copy after the other are brought to
 * its version. Nothing is given up by that, and the shard has a copy again. What fails here is told; the person is asked anyway.
 */
export async function relieve({ ports, options, open, watch, span }: Relief): Promise<void> {
  const pods = await ports.platform.pods();
  const names = new Set(lostPods(pods, watch));
  for (const pod of pods.filter(
    (one) => names.has(one.name) && formatEngine(one.template) === formatEngine(open.from),
  )) {
    try {
      await ports.platform.stage(open.to);
      await roll(
        { ports, options, watch: undefined, to: open.to, from: open.from, upgrade: open.upgrade, span },
        { kind: "roll", shard: -1, pod: pod.name },
        options.policy.deadlines.podMs,
      );
    } catch (error) {
      if (options.signal?.aborted) throw error;
      const reason = error instanceof Error ? error.message : String(error);
      span.emit("WARNING", `${pod.name} cannot follow its primary and could not be replaced: ${reason}`, { reason });
    }
  }
}
