import { callApi } from "../api/api-error.js";
import type { KubeApi } from "../api/connect.js";
import { COMPONENT_LABEL, RELEASE_LABEL } from "../release/labels.js";

export const RUNNER_LABEL = "evenkeel.dev/runner";
export const PURPOSE_LABEL = "evenkeel.dev/purpose";

export interface RunnerOptions {
  /** Who runs it; one runner may have several Jobs. */
  readonly runner: string;
  /** Only one runner at a time upgrades (it holds the lease), so Jobs of another one are of a runner that is gone. */
  readonly purpose: "upgrade" | "load";
}

/** Removes the Jobs that an upgrade's former runner left behind: they would load the cluster until they notice. */
export async function removeStaleJobs(
  api: KubeApi,
  { release, runner, purpose }: RunnerOptions & { readonly release: string },
): Promise<void> {
  if (purpose !== "upgrade") return;
  const { namespace } = api;
  const selector = [
    `${COMPONENT_LABEL}=witness`,
    `${RELEASE_LABEL}=${release}`,
    `${PURPOSE_LABEL}=${purpose}`,
    `${RUNNER_LABEL}!=${runner}`,
  ];
  const { items } = await callApi("list the witness's Jobs", () =>
    api.batch.listNamespacedJob({ namespace, labelSelector: selector.join(",") }),
  );
  for (const { metadata } of items) {
    if (metadata?.name === undefined) continue;
    await api.batch
      .deleteNamespacedJob({ namespace, name: metadata.name, propagationPolicy: "Background" })
      .catch(() => undefined);
  }
}
