import { readdirSync } from "node:fs";
import { createServer } from "node:http";
import type { RequestListener, Server } from "node:http";
import { join } from "node:path";
import { sortBindError } from "../claimable.js";
import type { BindAnswer } from "../claimable.js";
import type { ClusterFile } from "../cluster-file.js";
import { lookAtPod } from "../live-pod.js";
import { KUBELET_PORT } from "../ports.js";
import { podPathsAt } from "../state-paths.js";
import { LAST_HOST, addressIn, hostPartOf } from "../subnet.js";
import { pause } from "./pause.js";

/** An address that is ours as long as the control API listens on it. */
export interface AddressClaim {
  readonly address: string;
  readonly release: () => void;
}

const RETRY_MAX_MS = 5000;

function listen(server: Server, address: string): Promise<BindAnswer> {
  return new Promise((resolve, reject) => {
    server.once("error", (error) => {
      const answer = sortBindError(error);
      if (answer === undefined) reject(error);
      else resolve(answer);
    });
    server.listen({ host: address, port: KUBELET_PORT, exclusive: true }, () => resolve("free"));
  });
}

function usedHostParts(cluster: ClusterFile, podsDir: string): readonly number[] {
  return readdirSync(podsDir).map((pod) => {
    const { status } = lookAtPod(podPathsAt(join(podsDir, pod)));
    return hostPartOf(cluster.subnet, status?.controlAddress ?? "");
  });
}

/**
 * Addresses that a pod may take, the best first. In `pod` mode no pod gets an address that any pod of the cluster has or had
 * last: as in a cloud, where an address rests before it is given again.
 *
 * @param previous address of the ordinal's last pod, or empty
 */
export function candidateAddresses(
  cluster: ClusterFile,
  ordinal: number,
  options: { readonly previous: string; readonly podsDir: string },
): readonly string[] {
  const own = addressIn(cluster.subnet, ordinal + 1);
  if (cluster.addresses === "stable") return [own];
  const used = usedHostParts(cluster, options.podsDir);
  const first = Math.max(cluster.placements.length, ...used);
  const inTurn = Array.from({ length: LAST_HOST }, (_, step) => ((first + step) % LAST_HOST) + 1);
  const free = inTurn.filter((host) => !used.includes(host)).map((host) => addressIn(cluster.subnet, host));
  return options.previous === "" && !used.includes(ordinal + 1) ? [own] : free;
}

/**
 * Claims the first of some addresses that nobody else holds. Tries until one is free.
 *
 * @param candidates asked anew for every round
 * @param options.onTrouble told why it has to wait
 * @returns undefined when the signal was aborted first
 */
export async function claimAddress(
  candidates: () => readonly string[],
  handler: RequestListener,
  options: { readonly signal: AbortSignal; readonly onTrouble: (reason: string) => void },
): Promise<AddressClaim | undefined> {
  for (let waitMs = 250; !options.signal.aborted; waitMs = Math.min(RETRY_MAX_MS, waitMs * 2)) {
    let trouble = "no address of the cluster's subnet is free";
    for (const address of candidates()) {
      const server = createServer(handler);
      const answer = await listen(server, address);
      if (answer === "free") {
        return {
          address,
          release: () => {
            server.close();
            server.closeAllConnections();
          },
        };
      }
      trouble = answer === "taken" ? `address ${address} is taken` : `the system refuses the address ${address}`;
    }
    options.onTrouble(trouble);
    await pause(waitMs, options.signal);
  }
  return undefined;
}
