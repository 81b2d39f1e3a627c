import { existsSync, readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { execa } from "execa";

/**
 * The program that starts a Kubernetes on this machine. It lies beside the repository; EVENKEEL_TEST_KUBERNETES names another
 * one with the same commands.
 */
export const CLUSTER_PROGRAM =
  process.env["EVENKEEL_TEST_KUBERNETES"] ?? fileURLToPath(new URL("../../../../shared/kube/cluster", import.meta.url));

/** Zones are two: with fewer nodes a drained pod's volume would have no other host. */
export const NODES = 4;

/** Runs one of its commands. */
export async function clusterProgram(...args: readonly string[]): Promise<string> {
  if (!existsSync(CLUSTER_PROGRAM)) {
    throw new Error(
      `These tests run on a real Kubernetes, and the program that starts one is not there: ${CLUSTER_PROGRAM}. ` +
        "EVENKEEL_TEST_KUBERNETES names another one.",
    );
  }
  const { stdout } = await execa(CLUSTER_PROGRAM, args, { stderr: "pipe" });
  return stdout.trim();
}

export const nodeName = (number: number): string => `node${number}`;

/** The network of a node, where host processes reach Services as pods do. */
export const nodeNetwork = (number: number): string => `/run/netns/kt-node${number}`;

/** How many nodes run; 0 when no Kubernetes does. */
export function nodesUp(kubeconfig: string): number {
  const folder = kubeconfig.replace(/kubeconfig$/, "nodes");
  return existsSync(kubeconfig) && existsSync(folder) ? readdirSync(folder).length : 0;
}
