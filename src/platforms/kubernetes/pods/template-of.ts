import type { V1PodTemplateSpec } from "@kubernetes/client-node";
import type { PodTemplate } from "../../../ports/platform.js";
import { ENGINE_ANNOTATION, VERSION_ANNOTATION } from "../release/labels.js";

/** The numbers at the beginning of a tag: `8.0-alpine` is version 8.0. */
export function versionOfTag(tag: string): string {
  return /^v?(\d+(?:\.\d+){0,2})/.exec(tag)?.[1] ?? tag;
}

/** What a pod, or the template of pods, runs: its annotations say it. */
export function templateOf({ metadata }: Pick<V1PodTemplateSpec, "metadata">): PodTemplate {
  const { [ENGINE_ANNOTATION]: engine, [VERSION_ANNOTATION]: version } = metadata?.annotations ?? {};
  return { engine: engine === "valkey" ? "valkey" : "redis", version: versionOfTag(version ?? "") };
}
