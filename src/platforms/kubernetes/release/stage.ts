import type { PodTemplate } from "../../../ports/platform.js";
import { targetValues } from "../helm/target-image.js";
import { type HelmSettings, upgradeRelease } from "../helm/upgrade-release.js";
import { overlay, type Values } from "../helm/values.js";
import type { KubeApi } from "../api/connect.js";
import type { KubeRelease } from "./find-release.js";
import { type ReleaseStateStore, templateKey } from "./state.js";

export interface Staging {
  readonly api: KubeApi;
  readonly release: KubeRelease;
  readonly helm: HelmSettings;
  readonly state: ReleaseStateStore;
  /** The target's image, where the user named it. */
  readonly image: string | undefined;
  readonly notify: (message: string) => void;
}

const IMAGE_KEYS = ["engine", "image", "version"] as const;

/** What of the values says which image runs. */
function imagePart(values: Values): Values {
  return Object.fromEntries(IMAGE_KEYS.flatMap((key) => (values[key] === undefined ? [] : [[key, values[key]]])));
}

const same = (a: PodTemplate | undefined, b: PodTemplate): boolean =>
  a !== undefined && a.engine === b.engine && a.version === b.version;

/** Charts of this package take the strategy as one word; a tree with a type is understood too. */
const strategy = (all: Values, type: string): Values => ({
  updateStrategy: typeof all["updateStrategy"] === "object" ? { type, rollingUpdate: null } : type,
});

/** Values of the image that a template asks for: those it ran with before, else by the rules of names. */
export function imageValuesFor(
  template: PodTemplate,
  all: Values,
  { images, image }: { readonly images: Readonly<Record<string, Values>>; readonly image: string | undefined },
): Values {
  return image === undefined
    ? (images[templateKey(template)] ?? targetValues(all, template))
    : targetValues(all, template, image);
}

/**
 * Sets the template of the next pod starts, with `OnDelete`: nothing rolls. What it was before is remembered first, image and
 * all. Staging the former template again is a way back: then there is no former one.
 * @param present what the StatefulSet's template is now
 */
export async function stageTemplate(template: PodTemplate, present: PodTemplate, staging: Staging): Promise<void> {
  const { state } = staging;
  await upgradeRelease({
    ...staging,
    what: `stage ${templateKey(template)}`,
    change: async (given, all) => {
      const { images, former } = await state.read();
      const known = { ...images, [templateKey(present)]: images[templateKey(present)] ?? imagePart(all) };
      const back = same(former, template);
      // What the user named is the target's; the way back goes by what is remembered.
      const wanted = imageValuesFor(template, all, { images: known, image: back ? undefined : staging.image });
      const next = back ? undefined : same(present, template) ? former : present;
      // Before helm runs: whoever goes on after a crash knows the way back. A former template that is the present one is none.
      await state.update(() => ({
        images: { ...known, [templateKey(template)]: wanted },
        target: template,
        ...(next === undefined ? {} : { former: next }),
      }));
      return overlay(overlay(given, wanted), strategy(all, "OnDelete"));
    },
  });
}

/** The roll is over: the chart's own strategy again. */
export async function unstage({ state, ...staging }: Staging): Promise<void> {
  await upgradeRelease({
    ...staging,
    what: "go back to RollingUpdate",
    // Without the overlay the chart's own value counts, which is the resting one.
    change: (given) => overlay(given, { updateStrategy: undefined }),
  });
  await state.update(({ images, former }) => ({ images, ...(former === undefined ? {} : { former }) }));
}
