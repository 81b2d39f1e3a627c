import { hostname } from "node:os";
import { EXIT, type ExitCode } from "../../errors/evenkeel-error.js";
import { blocksHandover } from "../../upgrade/engine/acts/check.js";
import { lookAtPlacement, runPlacement } from "../../upgrade/engine/run-placement.js";
import { composeUpgrade, findPolicy } from "../compose.js";
import type { CommandContext } from "../context.js";
import { describePlacement, renderPlacement } from "../render-placement.js";

export interface PlaceOptions {
  readonly execute: boolean;
  readonly policy?: string | undefined;
}

/**
 * `place [--execute]`: hands primaries over so that no host and no zone holds a majority of them; without `--execute` it says
 * which ones.
 */
export async function run(context: CommandContext, { execute, policy: file }: PlaceOptions): Promise<ExitCode> {
  const { recorder, signal } = context;
  const policy = await findPolicy(file);
  const cluster = await composeUpgrade(context, { witness: 0, policy });
  const { name, flags } = cluster.opened;
  if (execute) {
    const by = `place on ${hostname()}, process ${process.pid}`;
    const { plan, done, now, findings } = await runPlacement(cluster, { policy, by, recorder, signal });
    const result = done.length === 0 ? "nothing" : "placed";
    const shown = { cluster: name, handovers: done, before: plan.before, after: now.before, limits: now.limits };
    context.printResult(renderPlacement(shown, { result, findings }), {
      result,
      ...describePlacement(shown),
      findings,
    });
    return EXIT.done;
  }
  const { plan, topology } = await lookAtPlacement(cluster);
  const result = plan.handovers.length === 0 ? "nothing" : "planned";
  const blockedBy = result === "planned" ? (await cluster.check(topology)).filter(blocksHandover) : [];
  const shown = { cluster: name, ...plan };
  const command = `evenkeel place${flags}${file === undefined ? "" : ` --policy ${file}`} --execute`;
  const text = renderPlacement(shown, { result, command, blockedBy });
  context.printResult(text, { result, ...describePlacement(shown), blockedBy });
  return EXIT.done;
}
