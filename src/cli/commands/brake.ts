import { EXIT, type ExitCode } from "../../errors/evenkeel-error.js";
import type { CommandContext } from "../context.js";
import { openCluster } from "../open-cluster.js";

/** `brake [REASON]`: a running upgrade finishes the act it is in (a hand-over is never cut in half) and holds before the next step. */
export async function brake(context: CommandContext, { reason }: { readonly reason: string }): Promise<ExitCode> {
  const store = await (await openCluster(context)).store();
  await store.brake.set(reason, "person");
  const holder = (await store.lease.holder())?.holder;
  const text =
    holder === undefined
      ? "braked; no upgrade runs now, the next one will hold before its first step\n"
      : `braked; held before its next step: ${holder}\n`;
  context.printResult(text, { result: "braked", reason, upgrade: holder ?? null });
  return EXIT.done;
}

/** `release`: lets a braked upgrade go on. */
export async function release(context: CommandContext): Promise<ExitCode> {
  const store = await (await openCluster(context)).store();
  const was = await store.brake.get();
  await store.brake.clear();
  const text =
    was === undefined ? "nothing was braked\n" : `released; it was braked since ${was.since}: ${was.reason}\n`;
  context.printResult(text, { result: was === undefined ? "nothing" : "released", was: was ?? null });
  return EXIT.done;
}
