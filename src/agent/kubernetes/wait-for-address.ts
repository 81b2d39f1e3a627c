import type { Clock } from "../../ports/clock.js";
import type { LookUp } from "./look-up.js";

const LOOK_MS = 500;

export interface WaitForAddressOptions {
  readonly clock: Clock;
  readonly lookUp: LookUp;
  /** Full DNS name of the pod's own Service. */
  readonly name: string;
  /** Told each time the reason changes. */
  readonly onWait: (reason: string) => void;
}

/** Looks the pod's own announced address up until DNS tells it: without it the server must not start. */
export async function waitForAddress({ clock, lookUp, name, onWait }: WaitForAddressOptions): Promise<string> {
  let said = "";
  for (;;) {
    let reason = `waits for its own Service: DNS does not know ${name}`;
    try {
      const answer = await lookUp(name);
      if (answer) return answer.address;
    } catch (error) {
      reason = `waits for DNS, to look up ${name}: ${error instanceof Error ? error.message : String(error)}`;
    }
    if (reason !== said) onWait(reason);
    said = reason;
    await clock.sleep(LOOK_MS);
  }
}
