import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { EvenkeelError } from "../../../errors/evenkeel-error.js";
import { findInApi } from "../api/api-error.js";
import type { KubeApi } from "../api/connect.js";
import type { KubeRelease } from "../release/find-release.js";
import { findHelm, type HelmProgram } from "./find-helm.js";
import { readHelmRelease, type StoredRelease } from "./release-record.js";
import { runHelm } from "./run-helm.js";
import { overlay, type Values } from "./values.js";
import { writeChart } from "./write-chart.js";

export interface HelmSettings {
  /** Path of the program. @default found on PATH */
  readonly path?: string | undefined;
  /** Folder or archive of a chart. @default the release's own, from Helm's record */
  readonly chart?: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
}

export interface ReleaseChange {
  readonly api: KubeApi;
  readonly release: KubeRelease;
  readonly helm: HelmSettings;
  /** For people, e.g. `stage redis@8.0`. */
  readonly what: string;
  /** New values of what the user gave, from the present ones. */
  readonly change: (given: Values, all: Values) => Values | Promise<Values>;
  readonly notify: (message: string) => void;
}

const OWN_LABEL = "evenkeel.dev/by";
const TIMEOUT = "3m0s";

/** Values of the release as the templates see them. */
export function allValues({ record }: StoredRelease): Values {
  return overlay(record.chart.values ?? {}, record.config ?? {});
}

/**
 * A helm that was killed leaves its revision pending, and Helm refuses every later change. One of ours that is pending has no
 * helm any more: whoever runs this holds the lease. Its record is removed, and the last deployed revision counts again.
 */
async function clearPending(api: KubeApi, release: KubeRelease, notify: ReleaseChange["notify"]): Promise<void> {
  const { newest } = await readHelmRelease(api, release);
  if (!newest.record.info.status.startsWith("pending")) return;
  if (newest.labels[OWN_LABEL] === undefined) {
    throw new EvenkeelError(
      `another helm changes release ${release.name}: its revision ${newest.record.version} is pending`,
      {
        code: "HELM_BUSY",
        owner: "environment",
        retryable: true,
        hint: `wait for it; when no helm runs any more: kubectl delete secret ${newest.secret} --namespace ${api.namespace}`,
      },
    );
  }
  await findInApi("remove Helm's pending record", () =>
    api.core.deleteNamespacedSecret({ namespace: api.namespace, name: newest.secret }),
  );
  notify(`revision ${newest.record.version} was left pending by a command that was killed; its record is removed`);
}

function flagsFor(helm: HelmProgram, api: KubeApi): readonly string[] {
  return [
    "--namespace",
    api.namespace,
    ...(api.context === "" || api.context === "inClusterContext" ? [] : ["--kube-context", api.context]),
    "--timeout",
    TIMEOUT,
    // The same by both names: a change that the API server refuses half-way leaves nothing behind.
    // Helm 4's own way of waiting would have to watch objects outside the namespace too.
    ...(helm.major === 3 ? ["--atomic"] : ["--rollback-on-failure", "--wait=legacy"]),
    "--reset-values",
    "--labels",
    `${OWN_LABEL}=cli`,
  ];
}

/**
 * Changes a release with its own chart and the user's own values, but for what `change` makes of them. Nothing is waited for
 * but Helm's own end.
 * @throws EvenkeelError `HELM_NOT_FOUND`, `HELM_FAILED`, `HELM_BUSY`, `CHART_UNUSABLE`, `RELEASE_UNREADABLE`
 */
export async function upgradeRelease({ api, release, helm, what, change, notify }: ReleaseChange): Promise<void> {
  const program = await findHelm(helm.path, helm.env);
  await clearPending(api, release, notify);
  const { deployed } = await readHelmRelease(api, release);
  const given = deployed.record.config ?? {};
  const wanted = await change(given, allValues(deployed));
  // Values may hold secrets: a folder that only this account may enter, for as long as helm runs.
  const folder = mkdtempSync(join(tmpdir(), "evenkeel-helm-"));
  try {
    const chart = helm.chart ?? join(folder, "chart");
    if (helm.chart === undefined) writeChart(chart, deployed.record.chart);
    const values = join(folder, "values.json");
    writeFileSync(values, JSON.stringify(wanted), { mode: 0o600 });
    notify(`helm upgrade ${release.name}: ${what}`);
    await runHelm(program, ["upgrade", release.name, chart, "--values", values, ...flagsFor(program, api)], {
      env: helm.env,
      what,
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
