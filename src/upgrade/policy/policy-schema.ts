import { z } from "zod";
import { DEFAULT_POLICY, type UpgradePolicy } from "./policy.js";

const DAY_MS = 24 * 60 * 60 * 1000;

/** A whole number; the error says which ones are allowed. */
function whole(unit: string, min: number, max: number) {
  const error = `a whole number of ${unit} from ${min} to ${max}`;
  return z.int({ error }).min(min, { error }).max(max, { error });
}

const ms = (fallback: number, min = 0) => whole("milliseconds", min, DAY_MS).default(fallback);
const names = z
  .array(z.string({ error: "a text" }).min(1, { error: "a text that is not empty" }), {
    error: "a list of error classes",
  })
  .readonly();
const { soak, soft, hard, inconclusive, ignoreErrors, brakeMaxMs, deadlines, checks } = DEFAULT_POLICY;
const object = { error: "an object" };

/** The schema of a policy file: any part may be left out, nothing else may be in it. */
export const policySchema = z.strictObject(
  {
    soak: z.strictObject({ canaryMs: ms(soak.canaryMs), ms: ms(soak.ms) }, object).prefault({}),
    soft: z
      .strictObject(
        {
          p99Ms: ms(soft.p99Ms, 1),
          stallMs: ms(soft.stallMs, 1),
          lagBytes: whole("bytes", 1, Number.MAX_SAFE_INTEGER).default(soft.lagBytes),
          forMs: ms(soft.forMs),
          clearMs: ms(soft.clearMs),
          maxHoldMs: ms(soft.maxHoldMs),
        },
        object,
      )
      .prefault({}),
    hard: z
      .strictObject(
        {
          failedCommands: whole("commands", 0, Number.MAX_SAFE_INTEGER).default(hard.failedCommands),
          failedPerSecond: whole("commands", 0, Number.MAX_SAFE_INTEGER).optional(),
          clusterStateFailMs: ms(hard.clusterStateFailMs),
          podBackMs: ms(hard.podBackMs, 1),
        },
        object,
      )
      .prefault({}),
    inconclusive: z.strictObject({ silentMs: ms(inconclusive.silentMs, 1000) }, object).prefault({}),
    ignoreErrors: z
      .record(z.string(), names, { error: "an object: client library -> list of error classes" })
      .default(() => structuredClone(ignoreErrors)),
    brakeMaxMs: ms(brakeMaxMs),
    deadlines: z
      .strictObject(
        {
          podMs: ms(deadlines.podMs, 1000),
          handoverMs: ms(deadlines.handoverMs, 1000),
          snapshotMs: ms(deadlines.snapshotMs, 1000),
          checkMs: ms(deadlines.checkMs, 1000),
          configurationMs: ms(deadlines.configurationMs, 1000),
        },
        object,
      )
      .prefault({}),
    checks: z
      .record(z.string(), z.enum(["block", "warn"], { error: '"block" or "warn"' }), {
        error: "an object: check id -> severity",
      })
      .default(() => structuredClone(checks)),
  },
  object,
) satisfies z.ZodType<UpgradePolicy>;
