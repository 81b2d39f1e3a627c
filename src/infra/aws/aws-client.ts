import { EvenkeelError } from "../../errors/evenkeel-error.js";
import type { Credentials } from "./credentials.js";
import { signRequest, type PlainRequest } from "./sign-request.js";

/** What is needed to speak to one AWS service. */
export interface AwsTarget {
  readonly credentials: Credentials;
  readonly region: string;
  readonly service: string;
  readonly signal?: AbortSignal;
  /** @default 10000 */
  readonly timeoutMs?: number;
}

/** An answer of AWS, whatever its status. */
export interface AwsAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: string;
}

/** Host of a service in a region; China's has another end. */
export function awsHost(service: string, region: string): string {
  return `${service}.${region}.amazonaws.com${region.startsWith("cn-") ? ".cn" : ""}`;
}

/**
 * Sends a signed request. Only reading calls are ever made this way.
 * @throws EvenkeelError `AWS_UNREACHABLE`
 */
export async function sendSigned(
  request: PlainRequest & { readonly method: "GET" | "HEAD" | "POST" },
  target: AwsTarget,
): Promise<AwsAnswer> {
  const { signal, timeoutMs = 10_000 } = target;
  const { host: _host, ...headers } = signRequest(request, { ...target, nowMs: Date.now() });
  const timeout = AbortSignal.timeout(timeoutMs);
  try {
    const response = await fetch(request.url, {
      method: request.method,
      headers,
      redirect: "manual",
      signal: signal === undefined ? timeout : AbortSignal.any([signal, timeout]),
      ...(request.body === undefined ? {} : { body: request.body }),
    });
    return { status: response.status, headers: response.headers, body: await response.text() };
  } catch (error) {
    signal?.throwIfAborted();
    throw new EvenkeelError(`cannot reach ${request.url.host}`, {
      code: "AWS_UNREACHABLE",
      owner: "environment",
      retryable: true,
      hint: "check the network and the region, then: evenkeel infra doctor",
      cause: error,
    });
  }
}

/** The code of an error that AWS told, in XML or JSON; empty when there is none. */
export function errorCode({ body }: AwsAnswer): string {
  const xml = /<Code>([^<]+)<\/Code>/u.exec(body)?.[1];
  return xml ?? /"__type"\s*:\s*"(?:[^"#]*#)?([^"]+)"/u.exec(body)?.[1] ?? "";
}

/** The error for an answer that is none of those expected. */
export function refusedError(what: string, answer: AwsAnswer): EvenkeelError {
  const code = errorCode(answer) || `status ${answer.status}`;
  const credentials =
    /ExpiredToken|InvalidAccessKeyId|InvalidClientTokenId|SignatureDoesNotMatch|UnrecognizedClient/u.test(code);
  return new EvenkeelError(`cannot ${what}: AWS answers ${code}`, {
    code: credentials ? "AWS_CREDENTIALS" : "AWS_DENIED",
    owner: "environment",
    hint: credentials
      ? "sign in again (aws sso login), or set AWS_PROFILE; then: evenkeel infra doctor"
      : "these credentials may not do that; evenkeel infra doctor says whose they are",
    details: { answer: code, status: answer.status },
  });
}
