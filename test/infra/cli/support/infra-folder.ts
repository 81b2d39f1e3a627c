import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { KEYS, startLoopbackCloud, type LoopbackCloud } from "../../support/cloud/loopback-cloud.js";
import { startTerraform, type Terraform } from "../../support/terraform/run-terraform.js";
import { createWorkspace } from "../../support/terraform/workspace.js";
import { runInfra, type Ended } from "./run-infra.js";
import { startVersionedStore, type BucketAnswer } from "./versioned-store.js";

export interface InfraFolder {
  /** Holds the environment file and `infra/`. */
  readonly folder: string;
  readonly cloud: LoopbackCloud;
  readonly terraform: Terraform;
  readonly env: Readonly<Record<string, string>>;
  /** Writes the environment file with these lines below `environments: demo:`. */
  readonly write: (demo?: string, rest?: string) => void;
  readonly run: (...argv: readonly string[]) => Promise<Ended>;
  readonly close: () => Promise<void>;
}

/** A folder with an environment file, the real terraform on offline providers, and a state bucket on loopback. */
export async function openInfraFolder(bucketAnswer: () => BucketAnswer = () => 200): Promise<InfraFolder> {
  const terraform = await startTerraform();
  const cloud = await startLoopbackCloud();
  const store = await startVersionedStore(cloud, bucketAnswer);
  const workspace = createWorkspace("environments/demo", { backend: "own" });
  const folder = join(workspace.root, "../../..");
  const env = { ...terraform.environment, ...KEYS, EVENKEEL_HOME: join(folder, "home") };
  const write = (demo = "", rest = ""): void =>
    writeFileSync(
      join(folder, "evenkeel.infra.yaml"),
      [
        "version: 1",
        "state:",
        `  bucket: ${cloud.bucket}`,
        `  table: ${cloud.table}`,
        "  endpoints:",
        `    s3: ${store.s3}`,
        `    dynamodb: ${store.dynamodb}`,
        "environments:",
        "  demo:",
        "    kind: demo",
        "    endpoint: { cidrs: [203.0.113.7/32] }",
        "    admins: { platform: arn:aws:iam::123456789012:role/platform }",
        demo,
        rest,
      ].join("\n"),
    );
  write();
  return {
    folder,
    cloud,
    terraform,
    env,
    write,
    run: (...argv) => runInfra(argv, { cwd: folder, env }),
    close: async () => {
      await store.close();
      await cloud.close();
      terraform.close();
      workspace.remove();
    },
  };
}
