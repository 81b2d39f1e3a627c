import { setTimeout as sleep } from "node:timers/promises";
import { execa } from "execa";
import { kubectl as findKubectl } from "../../support/helm.js";
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

/** Waits until `look` gives a value; the error tells the last reason. Deadlines in these tests are part of what is asserted. */
export async function until<T>(what: string, seconds: number, look: () => Promise<T | undefined | false>): Promise<T> {
  const end = performance.now() + seconds * 1000;
  let last: unknown = "never looked";
  while (performance.now() < end) {
    try {
      const value = await look();
      if (value !== undefined && value !== false) return value;
      last = value;
    } catch (error) {
      last = error;
    }
    await sleep(200);
  }
  throw new Error(
    `${what}: not within ${seconds} s; last: ${last instanceof Error ? last.message : JSON.stringify(last)}`,
  );
}
