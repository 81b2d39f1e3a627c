import { formatEngine, versionMatches } from "../../../cluster/engines.js";
import { EvenkeelError } from "../../../errors/evenkeel-error.js";
import type { PodTemplate } from "../../../ports/platform.js";
import { callApi } from "../api/api-error.js";
import type { KubeRelease } from "../release/find-release.js";
import { runTrial, type Trial } from "./run-trial.js";

const IMAGE_DEADLINE_MS = 300_000;

/**
 * Starts a throwaway pod of the target's image on the cluster's own configuration. It also tells an image that is missing, or
 * that holds something else than its name says.
 * @throws EvenkeelError `IMAGE_UNAVAILABLE`
 */
export async function tryConfiguration(
  template: PodTemplate,
  { release, image, ...trial }: Omit<Trial, "deadlineMs"> & { readonly release: KubeRelease; readonly image: string },
): Promise<{ readonly accepted: boolean; readonly reason: string }> {
  const { api } = trial;
  const set = await callApi(`read the StatefulSet ${release.fullname}`, () =>
    api.apps.readNamespacedStatefulSet({ namespace: api.namespace, name: release.fullname }),
  );
  const source = set.spec?.template ?? {};
  const result = await runTrial({ release, source, template, image }, { ...trial, deadlineMs: IMAGE_DEADLINE_MS });
  if (!result.served && result.cause === "image") {
    throw new EvenkeelError(`the image of ${formatEngine(template)} cannot be had: ${result.reason}`, {
      code: "IMAGE_UNAVAILABLE",
      owner: "environment",
      hint: "push it, give the nodes the right to pull it, or name another one with --image",
      details: { image },
    });
  }
  if (!result.served) return { accepted: false, reason: result.reason };
  if (result.engine === template.engine && versionMatches(template.version, result.version))
    return { accepted: true, reason: "" };
  return { accepted: false, reason: `the image ${image} holds ${result.engine}@${result.version}` };
}
