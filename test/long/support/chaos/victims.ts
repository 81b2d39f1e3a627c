import { readdirSync, readFileSync } from "node:fs";
import type { CliRun } from "../../../local/support/run-cli.js";
import { killAgent, killServer } from "../../../local/support/faults.js";
import { type TestCluster, until } from "../../../local/support/test-cluster.js";
import { pick } from "./seeded.js";

/** What is killed while nobody hands anything over to it: clients must not notice. */
export const VICTIMS = ["cli", "agent", "witness", "replica"] as const;
export type Victim = (typeof VICTIMS)[number];

export interface Scene {
  readonly cluster: TestCluster;
  readonly cli: CliRun;
  readonly random: () => number;
}

/** The witness that this very command started; undefined between two of them. */
function witnessOf(parent: number | undefined): number | undefined {
  for (const entry of readdirSync("/proc")) {
    if (!/^\d+$/u.test(entry)) continue;
    try {
      const stat = readFileSync(`/proc/${entry}/stat`, "utf8");
      const [, ppid] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
      if (Number(ppid) !== parent) continue;
      if (readFileSync(`/proc/${entry}/cmdline`, "utf8").includes("witness")) return Number(entry);
    } catch {
      // It ended while we looked.
    }
  }
  return undefined;
}

async function killWitness({ cli }: Scene): Promise<string> {
  const pid = await until("a witness of the command", 10, async () =>
    cli.child.exitCode === null ? witnessOf(cli.child.pid) : 0,
  ).catch(() => 0);
  if (pid === 0) return "no witness: the command had ended";
  process.kill(pid, "SIGKILL");
  return `the witness, process ${pid}`;
}

/** Pods whose server runs and says that it is in this role at this moment. */
export async function podsInRole(cluster: TestCluster, role: "master" | "slave"): Promise<readonly string[]> {
  const asked = (await cluster.pods()).map(async ({ name }) => {
    const reply = await cluster.call(name, "ROLE").catch(() => undefined);
    return String(reply).startsWith(role) && cluster.processes(name).server !== null ? [name] : [];
  });
  return (await Promise.all(asked)).flat();
}

/** Runs `strike` on a pod that is in the role at this very moment. */
export async function strikeOne(
  { cluster, random }: Scene,
  role: "master" | "slave",
  strike: (pod: string) => void,
): Promise<string> {
  return until(`a pod that says it is a ${role}`, 10, async () => {
    const found = await podsInRole(cluster, role);
    if (found.length === 0) return undefined;
    const pod = pick(random, found);
    if (!String(await cluster.call(pod, "ROLE")).startsWith(role)) return undefined;
    strike(pod);
    return pod;
  });
}

/** Kills it (SIGKILL), by its process id; says what it was. */
export async function killVictim(victim: Victim, scene: Scene): Promise<string> {
  const { cluster, cli, random } = scene;
  switch (victim) {
    case "cli":
      if (!cli.child.kill("SIGKILL")) return "nothing: the command had ended";
      return `the command, process ${cli.child.pid}`;
    case "witness":
      return killWitness(scene);
    case "agent": {
      const pod = await until("a pod with an agent", 10, async () => {
        const one = pick(random, await cluster.pods()).name;
        if (cluster.processes(one).agent === null) return undefined;
        killAgent(cluster, one);
        return one;
      });
      return `the agent of ${pod}`;
    }
    case "replica":
      return `the replica ${await strikeOne(scene, "slave", (pod) => killServer(cluster, pod))}`;
  }
}
