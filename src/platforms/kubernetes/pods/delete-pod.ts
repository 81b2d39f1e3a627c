import { EvenkeelError } from "../../../errors/evenkeel-error.js";
import { apiStatus, explainApiError } from "../api/api-error.js";
import type { KubeApi } from "../api/connect.js";

function podChanged(pod: string): EvenkeelError {
  return new EvenkeelError(`${pod} is another pod by now: somebody else replaced it`, {
    code: "POD_CHANGED",
    owner: "environment",
    retryable: true,
    hint: "evenkeel status",
    details: { pod },
  });
}

/**
 * Deletes exactly this pod: one that somebody else replaced meanwhile is left alone.
 * @throws EvenkeelError `POD_CHANGED`, those of the API
 */
export async function deletePod({ core, namespace }: KubeApi, name: string, uid: string): Promise<void> {
  try {
    await core.deleteNamespacedPod({ namespace, name, body: { preconditions: { uid } } });
  } catch (error) {
    const status = apiStatus(error);
    if (status === 409 || status === 404) throw podChanged(name);
    throw explainApiError(error, `delete the pod ${name}`);
  }
}
