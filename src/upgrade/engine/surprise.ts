import { isEvenkeelError } from "../../errors/evenkeel-error.js";
import type { Plan, PhaseName, Step } from "../plan/types.js";
import { waitUntil } from "../wait-until.js";
import { braked, hardLimit } from "./failures.js";
import type { EngineOptions, EnginePorts } from "./ports.js";
import type { Watch } from "./watch.js";

const LOOK_MS = 250;

/** Phases before the target was watched serving everything. */
const UNPROVEN: ReadonlySet<PhaseName> = new Set(["canary", "replicas", "hand over"]);

/** What is left of an upgrade, as one look shows it. */
export interface Outlook {
  /** What is left to do, in order. */
  readonly left: readonly Step[];
  readonly plan: Plan;
}

/** Two outlooks with the same signature lead the same way. */
const signature = ({ left, plan }: Outlook): string => JSON.stringify([left.map((step) => step.id), plan.passed]);

/**
 * Shards that lost their way back by no step of this plan while the target is still unproven. Once it was watched serving everything,
 * forward is where the plan leads anyway.
 * @param known those of which that was known before
 */
function unwatchedLoss({ left, plan }: Outlook, known: readonly number[]): readonly number[] {
  if (!left.some((step) => UNPROVEN.has(step.phase))) return [];
  return plan.passed.filter((shard) => !known.includes(shard));
}

interface Holding {
  readonly ports: Pick<EnginePorts, "clock" | "store">;
  readonly options: Pick<EngineOptions, "recorder" | "policy" | "signal">;
  readonly watch: Pick<Watch, "verdict"> | undefined;
  /** Plans anew from what is. */
  readonly look: () => Promise<Outlook>;
  /** Shards of which it was known before that they have no way back. */
  readonly known: readonly number[];
}

/**
 * The cluster is not as the plan left it: the engine brakes, says what changed, and looks until the plan stays the same, within every
 * limit, for as long as a soft limit has to be clear. It then goes on by itself, unless a shard has lost its way back before the
 * target was watched serving: that is for a person to decide, and the brake stays until `release`.
 * @param reason what changed, in words
 * @throws EvenkeelError `HARD_LIMIT`; `BRAKED` (exit 6) when it does not settle for as long as the policy lets a soft limit hold
 */
export async function holdAfterSurprise(holding: Holding, reason: string): Promise<void> {
  const { ports, options, known } = holding;
  const { clock, store } = ports;
  const { recorder } = options;
  const begin = clock.now();
  await store.journal.append({ kind: "braked", reason, by: "engine" });
  recorder.emit("BRAKED", `held before the next step: ${reason}`, { reason, by: "engine" });
  const settled = await waitUntilSettled(holding, reason);
  const lost = unwatchedLoss(settled, known);
  if (lost.length > 0) {
    const shards = `shard ${lost.join(", ")} has no way back any more, and the target was not watched serving yet`;
    await store.brake.set(`${shards}: ${reason}`, "engine");
    return;
  }
  recorder.emit("RELEASED", "the upgrade goes on: what is left leads to the same end", { heldMs: clock.now() - begin });
  await store.journal.append({ kind: "released", by: "engine" });
}

async function waitUntilSettled({ ports, options, watch, look }: Holding, reason: string): Promise<Outlook> {
  const { clock } = ports;
  const { recorder, policy, signal } = options;
  let since = clock.now();
  let before = "";
  try {
    return await waitUntil(
      "a cluster that stays as it is",
      async () => {
        const verdict = watch?.verdict() ?? { kind: "ok" as const };
        if (verdict.kind === "hard") throw hardLimit(verdict.reason);
        const outlook = await look();
        const now = signature(outlook);
        if (now !== before || verdict.kind !== "ok") since = clock.now();
        before = now;
        const heldMs = clock.now() - since;
        return heldMs >= policy.soft.clearMs
          ? { reached: true, value: outlook }
          : {
              reached: false,
              reason: "reason" in verdict ? verdict.reason : `the same for ${Math.round(heldMs / 1000)} s`,
            };
      },
      { clock, deadlineMs: policy.soft.maxHoldMs, recorder, signal, everyMs: LOOK_MS, quiet: true },
    );
  } catch (error) {
    // Nothing failed: it is only not known what to do.
    if (isEvenkeelError(error) && error.code === "DEADLINE") throw braked(reason);
    throw error;
  }
}
