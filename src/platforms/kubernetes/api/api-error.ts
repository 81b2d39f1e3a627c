import { EvenkeelError, EXIT, isEvenkeelError } from "../../../errors/evenkeel-error.js";

/** What the client library throws for an answer that is not 2xx: an `ApiException`. Its body is the text of a `Status`, or one. */
interface ApiFailure {
  readonly code: number;
  readonly body: unknown;
}

function isApiFailure(error: unknown): error is ApiFailure {
  return error instanceof Error && typeof (error as { code?: unknown }).code === "number" && "body" in error;
}

/** The API server's own sentence; undefined when the error is none of its answers. */
function messageOf({ body }: ApiFailure): string {
  try {
    const status = (typeof body === "string" ? JSON.parse(body) : body) as { message?: unknown } | null;
    if (typeof status?.message === "string") return status.message;
  } catch {
    // Not every answer on the way (a proxy, a load balancer) is JSON.
  }
  return String(body).trim().slice(0, 300);
}

/** HTTP status of an API answer; undefined for anything else. */
export function apiStatus(error: unknown): number | undefined {
  if (isApiFailure(error)) return error.code;
  if (isEvenkeelError(error) && typeof error.details["status"] === "number") return error.details["status"];
  return undefined;
}

/** Nobody answered. */
export function unreachableApi(server: string, cause: unknown): EvenkeelError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new EvenkeelError(`the Kubernetes API server ${server} does not answer: ${why}`, {
    code: "KUBERNETES_UNREACHABLE",
    owner: "environment",
    retryable: true,
    hint: "kubectl cluster-info with the same context",
    cause,
  });
}

/** The request was never sent: a certificate that cannot be read, a program for logging in that fails. */
function unusable(error: Error): EvenkeelError {
  return new EvenkeelError(`Kubernetes cannot be asked: ${error.message}`, {
    code: "KUBERNETES_CONFIG",
    owner: "user",
    hint: "kubectl get pods with the same context and namespace",
    cause: error,
  });
}

/**
 * Any thrown value of a call as our error: the API server's sentence, and what to do about it.
 * @param what the call did, e.g. `list the pods`
 */
export function explainApiError(error: unknown, what: string): unknown {
  if (isEvenkeelError(error) || !(error instanceof Error) || error.name === "AbortError") return error;
  if (!isApiFailure(error)) return unusable(error);
  const status = error.code;
  const said = messageOf(error);
  if (status === 401 || status === 403) {
    return new EvenkeelError(`Kubernetes does not let this account ${what}: ${said}`, {
      code: "KUBERNETES_FORBIDDEN",
      owner: "user",
      exitCode: EXIT.refused,
      hint: "evenkeel rbac prints the rights it needs: evenkeel rbac | kubectl apply -f -",
      details: { status },
    });
  }
  return new EvenkeelError(`Kubernetes could not ${what}: ${said}`, {
    code: status === 404 ? "KUBERNETES_NOT_FOUND" : status === 409 ? "KUBERNETES_CONFLICT" : "KUBERNETES_ERROR",
    owner: "environment",
    // 429 and 5xx are the server's own troubles; a conflict is another writer who was faster.
    retryable: status === 409 || status === 429 || status >= 500,
    hint: "kubectl get events",
    details: { status },
  });
}

/** Runs one call of the API; its errors are ours. */
export async function callApi<T>(what: string, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw explainApiError(error, what);
  }
}

/** As {@link callApi}; undefined where the answer is 404. */
export async function findInApi<T>(what: string, call: () => Promise<T>): Promise<T | undefined> {
  try {
    return await call();
  } catch (error) {
    if (apiStatus(error) === 404) return undefined;
    throw explainApiError(error, what);
  }
}
