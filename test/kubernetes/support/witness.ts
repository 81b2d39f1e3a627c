import { randomBytes } from "node:crypto";
import { fileURLToPath } from "node:url";
import { createAgentCaller } from "../../../src/platforms/kubernetes/agents/call-agent.js";
import { connectKubernetes, type KubeApi } from "../../../src/platforms/kubernetes/api/connect.js";
import { launchWitnessJob } from "../../../src/platforms/kubernetes/witness/launch-witness-job.js";
import type { WitnessSecret } from "../../../src/platforms/kubernetes/witness/witness-job.js";
import type { RunningWitness, WitnessReport } from "../../../src/ports/witness.js";
import { startWitnessJob } from "../../../src/witness/start-witness-job.js";
import type { WitnessConfigInput } from "../../../src/witness/witness-config.js";
import { kubeEnv } from "./kube.js";
import type { Release } from "./release.js";

const PROGRAM =
  process.env["EVENKEEL_TEST_WITNESS"] ?? fileURLToPath(new URL("../../../dist/programs/witness", import.meta.url));
const TOKEN = "/run/secrets/evenkeel/token";

/** The API of the tests' Kubernetes, in a release's namespace. */
export async function openApi(release: Release): Promise<KubeApi> {
  Object.assign(process.env, await kubeEnv());
  return connectKubernetes({ namespace: release.namespace });
}

/** The release's token, as an administrator reads it. */
export async function tokenOf(release: Release): Promise<string> {
  const secret = await release.kubectl("get", "secret", `${release.name}-token`, "-o", "jsonpath={.data.token}");
  return Buffer.from(secret, "base64").toString("utf8").trim();
}

export interface StartWitnessOptions {
  readonly rate?: number;
  readonly runner?: string;
  readonly purpose?: "upgrade" | "load";
  readonly config?: Partial<WitnessConfigInput>;
  /** Further Secrets as files. */
  readonly secrets?: readonly WitnessSecret[];
}

/** Puts the client libraries for Node on the cluster, as a Job beside it. */
export async function startWitness(release: Release, options: StartWitnessOptions = {}): Promise<RunningWitness> {
  const api = await openApi(release);
  const token = await tokenOf(release);
  const caller = createAgentCaller(api, async () => token);
  const seeds = (await release.seeds()).map((seed) => ({ address: seed.replace(/:\d+$/, ""), port: 6379 }));
  const config: WitnessConfigInput = {
    seeds,
    rate: options.rate ?? 150,
    clients: ["ioredis", "iovalkey", "node-redis"],
    run: randomBytes(4).toString("hex"),
    tokenFile: TOKEN,
    connectSeconds: 60,
    ...options.config,
  };
  return startWitnessJob(config, {
    launch: (settings) =>
      launchWitnessJob(api, {
        fullname: release.name,
        release: release.name,
        caller,
        programFolder: PROGRAM,
        settings,
        image: "localhost/node:24",
        secrets: [{ secret: `${release.name}-token`, key: "token", path: TOKEN }, ...(options.secrets ?? [])],
        runner: options.runner ?? "test",
        purpose: options.purpose ?? "load",
        maxSeconds: 1800,
      }),
  });
}

/** What no client may see; node-redis' own fault is left out. */
export function flawsOfWitness(report: WitnessReport): Readonly<Record<string, object>> {
  return Object.fromEntries(
    Object.entries(report.clients).map(([name, { lost, doubled, errors }]) => {
      const { "Disconnects client": _, ...blamed } = errors;
      return [name, { errors: blamed, lost, doubled }];
    }),
  );
}
