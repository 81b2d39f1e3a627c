import { readFileSync } from "node:fs";
import { request } from "node:https";
import { join } from "node:path";

const FOLDER = "/var/run/secrets/kubernetes.io/serviceaccount";
const TIMEOUT_MS = 3000;
const ZONE = "topology.kubernetes.io/zone";

export interface ApiAccess {
  readonly host: string;
  readonly port: number;
  /** Folder with `token` and `ca.crt`. */
  readonly folder: string;
}

/** How a pod reaches the API server; undefined where the chart gave it no account for that. */
export function apiAccess(env: Readonly<Record<string, string | undefined>>): ApiAccess | undefined {
  const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port = "443" } = env;
  return host === undefined || env["ZONE_FROM_NODE"] !== "true"
    ? undefined
    : { host, port: Number(port), folder: FOLDER };
}

/** The zone of a node, from its label; empty when it has none. Needs the right to get nodes. */
export function readNodeZone(node: string, { host, port, folder }: ApiAccess): Promise<string> {
  return new Promise((resolve, reject) => {
    const sent = request(
      {
        host,
        port,
        path: `/api/v1/nodes/${encodeURIComponent(node)}`,
        ca: readFileSync(join(folder, "ca.crt")),
        headers: { authorization: `Bearer ${readFileSync(join(folder, "token"), "utf8").trim()}` },
        timeout: TIMEOUT_MS,
      },
      (response) => {
        let body = "";
        response.setEncoding("utf8");
        response.on("data", (part: string) => (body += part));
        response.on("error", reject);
        response.on("end", () => {
          if (response.statusCode !== 200) {
            reject(new Error(`the API server answered ${response.statusCode} for node ${node}`));
            return;
          }
          const { metadata } = JSON.parse(body) as { metadata?: { labels?: Record<string, string> } };
          resolve(metadata?.labels?.[ZONE] ?? "");
        });
      },
    );
    sent.on("timeout", () => sent.destroy(new Error(`no answer of the API server within ${TIMEOUT_MS} ms`)));
    sent.on("error", reject);
    sent.end();
  });
}
