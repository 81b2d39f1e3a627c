import { readFileSync } from "node:fs";
import type { AgentConfig, TlsFiles } from "../config.js";

/** What is the same for all pods of one release: written by the chart, mounted from a ConfigMap. */
export interface ClusterFile {
  /** Identity of the cluster, `NAMESPACE/NAME`. */
  readonly cluster: string;
  /** Pods are named NAME-0, NAME-1 … */
  readonly fullname: string;
  readonly namespace: string;
  readonly clusterDomain: string;
  /** Name of the headless Service. */
  readonly headless: string;
  readonly addresses: AgentConfig["addresses"];
  readonly shards: number;
  readonly replicas: number;
  readonly serverPort: number;
  readonly controlPort: number;
  readonly httpPort: number;
  readonly nodeTimeoutMs: number;
  readonly gracePeriodMs: number;
  readonly handoverBudgetMs: number;
  readonly dataDir: string;
  readonly gate: string;
  readonly tokenFile: string;
  readonly targetFile: string;
  readonly sizeFile: string;
  readonly passwordFile?: string;
  readonly usersFile?: string;
  readonly tls?: TlsFiles;
  readonly scripts: readonly string[];
}

/** What may change while pods run: how many there are, and which shard an added one joins. */
export interface SizeFile {
  readonly pods: number;
  /** Pod -> pod of the shard that it joins. */
  readonly follow?: Readonly<Record<string, string>>;
}

/** Reads what the chart wrote. Throws what the file system or the JSON parser says. */
export function readClusterFile(path: string): ClusterFile {
  return JSON.parse(readFileSync(path, "utf8")) as ClusterFile;
}
