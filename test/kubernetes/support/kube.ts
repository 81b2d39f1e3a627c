import { execa } from "execa";
import { kubectl as findKubectl } from "../../support/helm.js";
import { until as untilSeen } from "../../support/until.js";
import { clusterProgram } from "./cluster-program.js";

let kubeconfig: string | undefined;

/** Environment of every program that speaks to the tests' Kubernetes. */
export async function kubeEnv(): Promise<Record<string, string>> {
  kubeconfig ??= await clusterProgram("kubeconfig");
  return { KUBECONFIG: kubeconfig };
}

/** Runs kubectl; its standard output. */
export async function kubectl(args: readonly string[], options: { readonly input?: string } = {}): Promise<string> {
  const { stdout } = await execa(await findKubectl(), args, {
    env: await kubeEnv(),
    ...(options.input === undefined ? {} : { input: options.input }),
  });
  return stdout;
}

/** The parts of an object that tests look at. */
export interface KubeObject {
  readonly metadata: {
    readonly name: string;
    readonly uid: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly deletionTimestamp?: string;
  };
  readonly spec: Record<string, unknown>;
  readonly status: Record<string, unknown>;
}

/** Objects of a kind, by label or all. */
export async function list(namespace: string, kind: string, selector = ""): Promise<readonly KubeObject[]> {
  const answer = await kubectl(["-n", namespace, "get", kind, "-l", selector, "-o", "json"]);
  return (JSON.parse(answer) as { items: KubeObject[] }).items;
}

const LOOK_MS = 200;

/** As {@link untilSeen}, with looks that a Kubernetes bears. */
export const until = <T>(what: string, seconds: number, look: () => Promise<T | undefined | false>): Promise<T> =>
  untilSeen(what, seconds, look, LOOK_MS);
