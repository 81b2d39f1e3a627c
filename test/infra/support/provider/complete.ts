import type { BlockSchema } from "../schema/schema.js";
import { madeUp } from "./made-up.js";
import type { Subject } from "./made-up.js";
import type { WireCodec, WireValue } from "./wire-value.js";

type Attributes = Readonly<Record<string, WireValue>>;

/** How the gaps of a value are filled: `plan` with "known after apply", `apply` and `read` with made-up answers. */
export type Stage = "plan" | "apply" | "read";

/** Fills what a real provider would compute into a resource's or data source's value. */
export function complete(
  value: Attributes,
  block: BlockSchema,
  { stage, subject, codec, path = "" }: { stage: Stage; subject: Subject; codec: WireCodec; path?: string },
): Attributes {
  const filled: Record<string, WireValue> = { ...value };
  for (const [name, attribute] of Object.entries(block.attributes)) {
    const now = filled[name] ?? null;
    filled[name] = now;
    if (stage === "plan" && attribute.computed && now === null) {
      filled[name] = name === "region" ? subject.region : codec.unknown;
    } else if (
      (stage === "apply" && codec.isUnknown(now)) ||
      (stage === "read" && attribute.computed && now === null)
    ) {
      filled[name] = madeUp(subject, name, attribute.type, `${path}${name}`);
    }
  }
  for (const [name, nested] of Object.entries(block.blocks)) {
    const now = filled[name];
    const inner = (child: WireValue, at: string): WireValue =>
      child === null || codec.isUnknown(child)
        ? child
        : complete(child as Attributes, nested.block, { stage, subject, codec, path: `${path}${at}.` });
    if (Array.isArray(now)) filled[name] = now.map((child, index) => inner(child, `${name}.${index}`));
    else if (now !== null && now !== undefined) filled[name] = inner(now, name);
  }
  return filled;
}
