import type { PodTemplate } from "../../../ports/platform.js";
import type { Values } from "../helm/values.js";
import type { MapStore } from "../upgrade-store/config-map.js";

/** What this platform remembers about a release between two commands. */
export interface ReleaseState {
  /** What the cluster ran before the present template was staged. */
  readonly former?: PodTemplate;
  /** What is staged while a roll is under way. */
  readonly target?: PodTemplate;
  /** Values of the image by template: a way back must find exactly what ran. */
  readonly images: Readonly<Record<string, Values>>;
}

export const templateKey = ({ engine, version }: PodTemplate): string => `${engine}@${version}`;

/** Reads and changes what is remembered about a release. */
export interface ReleaseStateStore {
  read(): Promise<ReleaseState>;
  update(change: (state: ReleaseState) => ReleaseState): Promise<void>;
}

function decode(data: Readonly<Record<string, string>>): ReleaseState {
  try {
    return { images: {}, ...(JSON.parse(data["state.json"] ?? "{}") as Partial<ReleaseState>) };
  } catch {
    return { images: {} };
  }
}

export function createReleaseState(maps: MapStore, name: string): ReleaseStateStore {
  return {
    read: async () => decode((await maps.read(name))?.data ?? {}),
    update: (change) =>
      maps.update("state", name, (data) => ({ ...data, "state.json": JSON.stringify(change(decode(data))) })),
  };
}
