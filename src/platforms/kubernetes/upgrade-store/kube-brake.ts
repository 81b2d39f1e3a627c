import { EvenkeelError } from "../../../errors/evenkeel-error.js";
import type { Brake, BrakeHolder, BrakeState } from "../../../ports/journal.js";
import type { MapStore } from "./config-map.js";

/** Whose brake is told first. */
const HOLDERS: readonly BrakeHolder[] = ["person", "guard", "engine"];

function read(text: string, name: string): BrakeState {
  try {
    const { reason, by, since } = JSON.parse(text) as Partial<BrakeState>;
    if (typeof reason === "string" && typeof since === "string" && by !== undefined && HOLDERS.includes(by))
      return { reason, by, since };
  } catch {
    // Told below, as anything else that is no brake.
  }
  throw new EvenkeelError(`the ConfigMap ${name} holds a brake that nobody can read`, {
    code: "STATE_CORRUPT",
    owner: "environment",
    hint: "set it again or let it go: evenkeel brake, evenkeel release",
  });
}

/** The brake as one key a holder in one ConfigMap: the guard that lets go its own can never let go a person's. */
export function kubeBrake(maps: MapStore, name: string): Brake {
  return {
    async get() {
      const data = (await maps.read(name))?.data ?? {};
      return HOLDERS.flatMap((by) => (data[by] === undefined ? [] : [read(data[by], name)])).at(0);
    },
    async set(reason, by) {
      await maps.update("brake", name, (data) => {
        let since = new Date().toISOString();
        try {
          if (data[by] !== undefined) since = read(data[by], name).since;
        } catch {
          // To brake must work also where the old one is broken.
        }
        return { ...data, [by]: JSON.stringify({ reason, by, since }) };
      });
    },
    async clear(by) {
      const found = await maps.read(name);
      if (!found || HOLDERS.every((one) => found.data[one] === undefined)) return;
      const leaves = by === undefined ? HOLDERS : [by];
      await maps.update("brake", name, (data) =>
        Object.fromEntries(Object.entries(data).filter(([key]) => !leaves.some((one) => one === key))),
      );
    },
  };
}
