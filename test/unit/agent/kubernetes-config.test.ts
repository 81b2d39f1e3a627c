import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { ClusterFile } from "../../../src/agent/kubernetes/cluster-file.js";
import { readPodEnvironment } from "../../../src/agent/kubernetes/pod-environment.js";
import { resolveConfig } from "../../../src/agent/kubernetes/resolve-config.js";
import { serverConfig } from "../../../src/agent/server-config.js";

const ENVIRONMENT = {
  POD_NAME: "rc-7",
  POD_IP: "10.0.0.7",
  NODE_NAME: "node1",
  POD_ZONE: "us-east-1a",
  ENGINE: "redis",
  ENGINE_VERSION: "8.0",
  SERVER_CONFIG: "maxmemory 100mb\nsave 60 1",
};

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "evenkeel-config-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const file = (change: Partial<ClusterFile> = {}): ClusterFile => ({
  cluster: "prod/rc",
  fullname: "rc",
  namespace: "prod",
  clusterDomain: "cluster.local",
  headless: "rc-headless",
  addresses: "stable",
  shards: 3,
  replicas: 1,
  serverPort: 6379,
  controlPort: 6390,
  httpPort: 9640,
  nodeTimeoutMs: 5000,
  gracePeriodMs: 120_000,
  handoverBudgetMs: 100_000,
  dataDir: "/data",
  gate: "/run/evenkeel/server.conf",
  tokenFile: "/run/secrets/evenkeel/token",
  targetFile: "/data/evenkeel-target.json",
  sizeFile: join(folder, "size.json"),
  scripts: [],
  ...change,
});

const TLS = { ca: "/tls/ca.crt", cert: "/tls/tls.crt", key: "/tls/tls.key", authClients: false };
const SECRETS = { token: "a token" };

describe("the configuration of an agent in a pod", () => {
  it("takes its pod, ordinal, place, engine and server lines from the environment", () => {
    const config = resolveConfig(file(), readPodEnvironment(ENVIRONMENT), "10.96.0.7");
    expect(config).toMatchObject({
      pod: "rc-7",
      ordinal: 7,
      cluster: "prod/rc",
      placement: { pod: "rc-7", host: "node1", zone: "us-east-1a" },
      engine: "redis",
      version: "8.0",
      announceAddress: "10.96.0.7",
      serverConfig: ["maxmemory 100mb", "save 60 1"],
    });
  });

  it("names the variable that is missing, and what sets it", () => {
    expect(() => readPodEnvironment({ ...ENVIRONMENT, NODE_NAME: "" })).toThrow(/NODE_NAME is missing/);
    expect(() => readPodEnvironment({ ...ENVIRONMENT, POD_NAME: "rc" })).toThrow(/does not end in its ordinal/);
    expect(() => readPodEnvironment({ ...ENVIRONMENT, ENGINE: "memcached" })).toThrow(/memcached@8.0/);
  });

  it("runs without a zone where none is known", () => {
    const { POD_ZONE: _, ...rest } = ENVIRONMENT;
    expect(readPodEnvironment(rest).zone).toBe("");
  });

  it("follows the shard that the size file names for an added pod, and no other", () => {
    writeFileSync(join(folder, "size.json"), JSON.stringify({ pods: 8, follow: { "rc-7": "rc-1" } }));
    expect(resolveConfig(file(), readPodEnvironment(ENVIRONMENT), "10.96.0.7").follow).toBe("rc-1");
    const other = readPodEnvironment({ ...ENVIRONMENT, POD_NAME: "rc-6" });
    expect(resolveConfig(file(), other, "10.96.0.6").follow).toBeUndefined();
  });
});

describe("the server's configuration in a pod", () => {
  const lines = (change: Partial<ClusterFile> = {}, secrets = {}): string[] =>
    serverConfig(resolveConfig(file(change), readPodEnvironment(ENVIRONMENT), "10.96.0.7"), {
      ...SECRETS,
      ...secrets,
    }).split("\n");

  it("listens on all addresses and announces the one of the Service, to clients, peers and in the lists of replicas", () => {
    expect(lines()).toEqual(
      expect.arrayContaining([
        "bind * -::*",
        "port 6379",
        "cluster-announce-ip 10.96.0.7",
        "replica-announce-ip 10.96.0.7",
        "maxmemory 100mb",
      ]),
    );
    expect(lines().some((line) => line.startsWith("tls-") || line.includes("hostname"))).toBe(false);
  });

  it("with TLS has no plain port, speaks it on the bus and in replication, and sends clients to the name in the certificate", () => {
    expect(lines({ tls: TLS })).toEqual(
      expect.arrayContaining([
        "port 0",
        "tls-port 6379",
        'tls-ca-cert-file "/tls/ca.crt"',
        "tls-auth-clients no",
        "tls-replication yes",
        "tls-cluster yes",
        "cluster-announce-hostname rc-7.prod.svc.cluster.local",
        "cluster-preferred-endpoint-type hostname",
      ]),
    );
    expect(lines({ tls: { ...TLS, authClients: true } })).toContain("tls-auth-clients yes");
  });

  it("announces the name under the headless Service where pods announce their own addresses", () => {
    expect(lines({ tls: TLS, addresses: "pod" })).toContain(
      "cluster-announce-hostname rc-7.rc-headless.prod.svc.cluster.local",
    );
  });

  it("gives agents and replication a user of their own, and holds no password in plain text but theirs", () => {
    const text = lines({}, { password: "open sesame" });
    expect(text).toContain("masteruser evenkeel-agent");
    expect(text.filter((line) => line.startsWith("user "))).toEqual([
      expect.stringMatching(/^user default on #[0-9a-f]{64} ~\* &\* \+@all$/),
      expect.stringMatching(/^user evenkeel-agent on #[0-9a-f]{64} ~\* &\* \+@all$/),
    ]);
    expect(text.join("\n")).not.toContain("open sesame");
    expect(lines()).toContain("user default on nopass ~* &* +@all");
  });

  it("takes over further users, lets them replace the default one, and keeps the agents' own from them", () => {
    const users = "# people\nuser app on >secret ~app:* +@all\nuser default off\nuser evenkeel-agent on nopass +@all\n";
    const text = lines({}, { users }).filter((line) => line.startsWith("user "));
    expect(text).toEqual([
      expect.stringMatching(/^user evenkeel-agent on #/),
      "user app on >secret ~app:* +@all",
      "user default off",
    ]);
  });
});
