import type { Agent as HttpAgent, IncomingMessage } from "node:http";
import type { RequestOptions } from "node:https";
import type { AppsV1Api, BatchV1Api, CoordinationV1Api, CoreV1Api, KubeConfig } from "@kubernetes/client-node";
import { EvenkeelError } from "../../../errors/evenkeel-error.js";
import { openPatiently, openRequest, readBody, type TransportRequest } from "./transport.js";

/** A namespace of a Kubernetes, through the official client library. */
export interface KubeApi {
  readonly namespace: string;
  /** Name of the kubeconfig's context, for programs that read it too. */
  readonly context: string;
  readonly core: CoreV1Api;
  readonly apps: AppsV1Api;
  readonly batch: BatchV1Api;
  readonly coordination: CoordinationV1Api;
  /** A request that the generated clients cannot make: with a header of our own, or with an answer that is a stream. */
  open(path: string, request: Partial<Omit<TransportRequest, "url" | "agent">>): Promise<IncomingMessage>;
}

export interface ConnectKubernetesOptions {
  /** @default the kubeconfig's present one */
  readonly context?: string | undefined;
  /** @default the context's own, else `default` */
  readonly namespace?: string | undefined;
}

/** One look at an object. Nothing that we ask for is long in coming. */
const CALL_TIMEOUT_MS = 15_000;

/** The generated clients send JSON and nothing else. */
function textOf(body: unknown): string | undefined {
  return typeof body === "string" ? body : undefined;
}

function chooseContext(config: KubeConfig, context: string | undefined): void {
  if (context === undefined) return;
  const names = config.getContexts().map(({ name }) => name);
  if (!names.includes(context)) {
    throw new EvenkeelError(`the kubeconfig has no context ${context}`, {
      code: "KUBERNETES_CONTEXT",
      owner: "user",
      hint: names.length === 0 ? "KUBECONFIG names a file with contexts" : `--context one of: ${names.join(", ")}`,
      details: { context },
    });
  }
  config.setCurrentContext(context);
}

/**
 * Reads the kubeconfig (KUBECONFIG, the home folder, or the pod's own account) and opens a namespace. Nothing is asked yet.
 * @throws EvenkeelError `KUBERNETES_CONFIG`, `KUBERNETES_CONTEXT`
 */
export async function connectKubernetes(options: ConnectKubernetesOptions): Promise<KubeApi> {
  const library = await import("@kubernetes/client-node");
  const config = new library.KubeConfig();
  try {
    config.loadFromDefault();
  } catch (error) {
    throw new EvenkeelError("the kubeconfig cannot be read", {
      code: "KUBERNETES_CONFIG",
      owner: "user",
      hint: "KUBECONFIG=FILE names another one; kubectl config view shows what is read",
      cause: error,
    });
  }
  chooseContext(config, options.context);
  const cluster = config.getCurrentCluster();
  // What the library falls back to where there is no kubeconfig at all.
  if (!cluster || cluster.server === "http://localhost:8080") {
    throw new EvenkeelError("no kubeconfig names a cluster", {
      code: "KUBERNETES_CONFIG",
      owner: "user",
      hint: "KUBECONFIG=FILE, or --context NAME (kubectl config get-contexts lists them)",
    });
  }
  const configuration = library.createConfiguration({
    baseServer: new library.ServerConfiguration(cluster.server, {}),
    authMethods: { default: config },
    httpApi: library.wrapHttpLibrary({
      send: async (request) => {
        const response = await openPatiently({
          url: request.getUrl(),
          method: request.getHttpMethod(),
          headers: request.getHeaders(),
          body: textOf(request.getBody()),
          agent: request.getAgent(),
          timeoutMs: CALL_TIMEOUT_MS,
          signal: request.getSignal(),
        });
        return new library.ResponseContext(
          response.statusCode ?? 0,
          response.headers as Record<string, string>,
          new library.SelfDecodingBody(readBody(response)),
        );
      },
    }),
  });
  const context = config.getCurrentContext();
  return {
    context,
    namespace: options.namespace ?? config.getContextObject(context)?.namespace ?? "default",
    core: new library.CoreV1Api(configuration),
    apps: new library.AppsV1Api(configuration),
    batch: new library.BatchV1Api(configuration),
    coordination: new library.CoordinationV1Api(configuration),
    open: async (path, request) => {
      const given: RequestOptions = {};
      await config.applyToHTTPSOptions(given);
      const basic: Record<string, string> = given.auth
        ? { authorization: `Basic ${Buffer.from(given.auth).toString("base64")}` }
        : {};
      return openRequest({
        method: "GET",
        timeoutMs: CALL_TIMEOUT_MS,
        ...request,
        url: `${cluster.server.replace(/\/$/, "")}${path}`,
        headers: { ...(given.headers as Record<string, string>), ...basic, ...request.headers },
        agent: given.agent as HttpAgent | undefined,
      });
    },
  };
}
