import { afterAll, beforeAll, onTestFailed } from "vitest";
import { installRelease, type InstallOptions, type Release } from "./release.js";

/** A release for the tests of a file's part, which come one after the other: each leaves it as ready as it was. */
export function installBefore(options: InstallOptions = {}): () => Release {
  let release: Release | undefined;
  const installed = (): Release => {
    if (!release) throw new Error("the release was not installed");
    return release;
  };
  beforeAll(async () => {
    release = await installRelease(options);
  });
  afterAll(async () => {
    await release?.remove();
  });
  return installed;
}

/** What the pods and agents said. */
export function tellOnFailure(release: Release): void {
  onTestFailed(async () => {
    process.stderr.write(`${await release.evidence()}\n`);
  });
}
