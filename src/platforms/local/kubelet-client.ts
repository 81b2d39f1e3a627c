import { EXIT, EvenkeelError } from "../../errors/evenkeel-error.js";
import type { HttpReply } from "./http-request.js";
import { requestHttp } from "./http-request.js";
import type { PodStatus } from "./pod-status.js";
import { KUBELET_PORT } from "./ports.js";

/** What can be asked of a pod's kubelet. */
export type KubeletRequest = "stop" | "stop?handover=false" | "start" | "restart-container" | `replace?uid=${string}`;

const TIMEOUT_MS = 5000;

/**
 * Asks the kubelet of a pod for something; resolves once it is accepted.
 *
 * @param status what the kubelet last wrote: where it is
 * @param token value of the token header
 * @throws EvenkeelError `KUBELET_UNREACHABLE`, `POD_CHANGED` (the pod is another one by now) or `KUBELET_REFUSED`
 */
export async function askKubelet(status: PodStatus, token: string, request: KubeletRequest): Promise<void> {
  const { pod, controlAddress: host } = status;
  let reply: HttpReply;
  try {
    reply = await requestHttp({
      host,
      port: KUBELET_PORT,
      path: `/${request}`,
      method: "POST",
      token,
      timeoutMs: TIMEOUT_MS,
    });
  } catch (cause) {
    throw new EvenkeelError(`the kubelet of ${pod} does not answer at ${host}:${KUBELET_PORT}`, {
      code: "KUBELET_UNREACHABLE",
      owner: "environment",
      retryable: true,
      hint: "run evenkeel up: it starts a kubelet for every pod that has none",
      cause,
      details: { pod, address: host },
    });
  }
  if (reply.status === 202) return;
  const said = reply.body.trim();
  if (reply.status === 409) {
    throw new EvenkeelError(`${pod} is not the pod that was meant: ${said}`, {
      code: "POD_CHANGED",
      owner: "environment",
      retryable: true,
      exitCode: EXIT.refused,
      hint: "look again: evenkeel status",
      details: { pod },
    });
  }
  throw new EvenkeelError(`the kubelet of ${pod} refused ${request.split("?")[0]}: ${reply.status} ${said}`, {
    code: "KUBELET_REFUSED",
    owner: "bug",
    details: { pod, status: reply.status },
  });
}
