import { readdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { ASIDE_FOLDER } from "../../agent/files.js";
import { podPaths } from "./state-paths.js";
import type { ClusterPaths } from "./state-paths.js";

/** Something that was moved aside and is used by nobody. */
export interface AsideItem {
  /** `unreadable`: data that an engine could not read; `removed`: the folder of a pod that was removed. */
  readonly kind: "unreadable" | "removed";
  readonly pod: string;
  readonly path: string;
  readonly bytes: number;
  /** ISO 8601: last change of it. */
  readonly since: string;
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function sizeOf(path: string): number {
  const facts = statSync(path, { throwIfNoEntry: false });
  if (facts === undefined) return 0;
  if (!facts.isDirectory()) return facts.size;
  return namesIn(path).reduce((sum, name) => sum + sizeOf(join(path, name)), 0);
}

function describe(kind: AsideItem["kind"], pod: string, path: string): AsideItem {
  const since = statSync(path, { throwIfNoEntry: false })?.mtime ?? new Date(0);
  return { kind, pod, path, bytes: sizeOf(path), since: since.toISOString() };
}

/** Everything of a cluster that was moved aside, oldest first. Snapshots do not belong to it. */
export function listAside(paths: ClusterPaths): readonly AsideItem[] {
  const unreadable = namesIn(paths.podsDir).flatMap((pod) => {
    const folder = join(podPaths(paths, pod).volume, ASIDE_FOLDER);
    return namesIn(folder).map((name) => describe("unreadable", pod, join(folder, name)));
  });
  const removed = namesIn(paths.removedDir).map((name) =>
    describe("removed", name.split(".")[0] ?? name, join(paths.removedDir, name)),
  );
  return [...unreadable, ...removed].toSorted((a, b) => a.since.localeCompare(b.since));
}

/** Removes what {@link listAside} found. */
export function removeAside(items: readonly AsideItem[]): void {
  for (const { path } of items) rmSync(path, { recursive: true, force: true });
}
