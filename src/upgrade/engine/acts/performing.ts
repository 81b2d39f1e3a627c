import type { Span } from "../../../events/recorder.js";
import type { Pod, PodTemplate } from "../../../ports/platform.js";
import type { Act } from "../../plan/types.js";
import { hardLimit, stepFailed } from "../failures.js";
import type { EngineOptions, EnginePorts } from "../ports.js";
import type { Watch } from "../watch.js";

/** All that a step needs. */
export interface Performing {
  readonly ports: EnginePorts;
  readonly options: EngineOptions;
  readonly watch: Watch | undefined;
  /** Version that the steps lead to; in a rollback the former one. */
  readonly to: PodTemplate;
  /** Version that they lead away from. */
  readonly from: PodTemplate;
  /** Id of the upgrade, which names its snapshots. */
  readonly upgrade: string;
  readonly span: Span;
}

export type ActOf<Kind extends Act["kind"]> = Extract<Act, { kind: Kind }>;

/**
 * The pod as the platform sees it now.
 * @throws EvenkeelError `POD_GONE`
 */
export async function podNamed(
  { ports }: { readonly ports: Pick<EnginePorts, "platform"> },
  name: string,
): Promise<Pod> {
  const pod = (await ports.platform.pods()).find((one) => one.name === name);
  if (!pod) throw stepFailed("POD_GONE", `pod ${name} is gone`);
  return pod;
}

/**
 * A hard limit ends any wait; the verdict is never looked at between the beginning and the end of a hand-over.
 * @throws EvenkeelError `HARD_LIMIT`
 */
export function requireNoHardLimit({ watch }: Pick<Performing, "watch">): void {
  const verdict = watch?.verdict();
  if (verdict?.kind === "hard") throw hardLimit(verdict.reason);
}
