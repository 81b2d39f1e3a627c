import { installRelease, type InstallOptions, type Release } from "./release.js";

/** A release of the chart for one test: installed before, removed after; a failure tells what the pods and agents said. */
export async function withRelease(options: InstallOptions, test: (release: Release) => Promise<void>): Promise<void> {
  const release = await installRelease(options);
  try {
    await test(release);
  } catch (error) {
    process.stderr.write(`${await release.evidence()}\n`);
    throw error;
  } finally {
    await release.remove();
  }
}
