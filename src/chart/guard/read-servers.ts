import { get } from "node:http";
import type { RunningServer } from "./judge-rollback.js";

const PATIENCE_MS = 3000;

function fetchText(url: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const request = get(url, { timeout: PATIENCE_MS }, (response) => {
      let text = "";
      response.setEncoding("utf8");
      response.on("data", (part: string) => (text += part));
      response.on("end", () => resolve(text));
      response.on("error", reject);
    });
    request.on("timeout", () => request.destroy(new Error("no answer in time")));
    request.on("error", reject);
  });
}

/** The fields of an agent's `GET /status` that count here. */
interface Status {
  readonly pod: string;
  readonly server?: Omit<RunningServer, "pod">;
}

/**
 * Asks every agent what its server runs. Who does not answer is left out.
 * @param urls of the agents, without a path
 */
export async function readServers(urls: readonly string[]): Promise<readonly RunningServer[]> {
  const answers = await Promise.all(
    urls.map(async (url) => {
      try {
        const { pod, server } = JSON.parse(await fetchText(`${url}/status`)) as Status;
        return server === undefined ? [] : [{ ...server, pod }];
      } catch {
        return [];
      }
    }),
  );
  return answers.flat();
}
