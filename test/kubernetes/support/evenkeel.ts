import { mkdtempSync } from "node:fs";
import { join } from "node:path";
import { type CliRun, startCli } from "../../local/support/run-cli.js";
import { helm3, helm4 } from "../../support/helm.js";
import { kubeEnv } from "./kube.js";
import { CHART, type Release } from "./release.js";

export interface StartEvenkeelOptions {
  /** Folders of the runs are made in it: whoever runs a command keeps nothing between two runs. */
  readonly home: string;
  readonly helm?: 3 | 4;
}

/** Starts a command for a release as a person types it, from a folder of its own. */
export async function startEvenkeel(
  { namespace, name }: Release,
  command: readonly string[],
  { home, helm = 4 }: StartEvenkeelOptions,
): Promise<CliRun> {
  const where = ["--platform", "kubernetes", "--namespace", namespace, "--release", name];
  const how = ["--helm", await (helm === 3 ? helm3() : helm4()), "--chart", CHART, "--output", "json"];
  return startCli(mkdtempSync(join(home, "runner-")), [...where, ...how, ...command], await kubeEnv());
}
