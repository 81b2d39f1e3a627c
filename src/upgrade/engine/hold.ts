import type { BrakeHolder } from "../../ports/journal.js";
import { braked, hardLimit } from "./failures.js";
import type { EngineOptions, EnginePorts } from "./ports.js";
import type { Watch } from "./watch.js";

const LOOK_MS = 250;

/**
 * Before every step: waits while a person, the guard or the engine itself holds the upgrade. A soft limit and a missing witness hold
 * and let go by themselves; a hard limit ends the upgrade.
 * @param urgent what comes next ends what may be the very reason of a soft limit: only a person holds it
 * @returns true when it was held
 * @throws EvenkeelError `HARD_LIMIT`; `BRAKED` (exit 6) when held for longer than the policy allows
 */
export async function holdBeforeStep(
  ports: EnginePorts,
  options: EngineOptions,
  { watch, urgent }: { readonly watch: Watch | undefined; readonly urgent: boolean },
): Promise<boolean> {
  const { clock, store } = ports;
  const { recorder, policy, signal } = options;
  const begin = clock.now();
  let told = "";
  for (;;) {
    signal?.throwIfAborted();
    const verdict = watch?.verdict() ?? { kind: "ok" as const };
    if (verdict.kind === "hard") throw hardLimit(verdict.reason);
    const brake = await store.brake.get();
    if (urgent && brake?.by !== "person") return told !== "";
    const reason = brake?.reason ?? ("reason" in verdict ? `${verdict.kind}: ${verdict.reason}` : undefined);
    const by: BrakeHolder = brake?.by ?? "guard";
    if (reason === undefined) {
      if (told !== "") {
        recorder.emit("RELEASED", "the upgrade goes on", { heldMs: clock.now() - begin });
        await store.journal.append({ kind: "released", by });
      }
      return told !== "";
    }
    if (reason !== told) {
      if (told === "") await store.journal.append({ kind: "braked", reason, by });
      recorder.emit("BRAKED", `held before the next step: ${reason}`, { reason, by });
      told = reason;
    }
    const limitMs = brake?.by === "person" ? policy.brakeMaxMs : policy.soft.maxHoldMs;
    if (clock.now() - begin > limitMs) throw braked(reason);
    await clock.sleep(LOOK_MS, signal);
  }
}
