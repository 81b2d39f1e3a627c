import { convertAffinity } from "./convert-affinity.js";
import type { Entry, GroupRule, Reader, Value } from "./conversion.js";
import { isInert, isMap } from "./conversion.js";
import { RESOURCE_PRESETS } from "./resource-presets.js";
import { parseDirectives } from "./server-directives.js";

const mapped = (from: string, to: string, value: Value, note?: string): Entry => ({
  kind: "mapped",
  from,
  to,
  value,
  ...(note === undefined ? {} : { note }),
});
const missing = (from: string, reason: string): Entry => ({ kind: "no-counterpart", from, reason });
const notNeeded = (from: string, reason: string): Entry => ({ kind: "not-needed", from, reason });

function convertImage(read: Reader): readonly Entry[] {
  const entries: Entry[] = [];
  const repository = read.text("image.repository");
  const isValkey = repository?.includes("valkey") === true || isMap(read.get("valkey"));
  if (isValkey) entries.push(mapped("image.repository", "engine", "valkey"));
  const isBitnami = repository === undefined || /(?:^|\/)bitnami(?:legacy|secure)?\//u.test(repository);
  if (repository !== undefined && isBitnami) {
    const official = isValkey ? "valkey/valkey" : "redis";
    entries.push(mapped("image.repository", "image.repository", official, "the official image"));
  } else if (repository !== undefined) {
    entries.push(
      mapped("image.repository", "image.repository", repository, "has to be an official image or a copy of one"),
    );
  }
  const tag = read.text("image.tag");
  if (tag !== undefined) {
    const version = /^\d+(?:\.\d+){0,2}/u.exec(tag)?.[0];
    if (version === undefined)
      entries.push(missing("image.tag", `the tag ${tag} names no version: set image.tag and version`));
    else entries.push(mapped("image.tag", "image.tag", version));
  }
  const registry = read.text("global.imageRegistry") ?? read.text("image.registry");
  const from = read.text("global.imageRegistry") === undefined ? "image.registry" : "global.imageRegistry";
  if (registry !== undefined) {
    entries.push(mapped(from, "image.registry", registry));
    if (registry !== "docker.io")
      entries.push(mapped(from, "agent.image.registry", registry, "copy the Node image there too"));
  }
  if (read.text("image.digest") !== undefined)
    entries.push(missing("image.digest", "it names Bitnami's image: set image.digest to that of the official one"));
  return entries;
}

function convertSize(read: Reader): readonly Entry[] {
  const nodes = Number(read.get("cluster.nodes") ?? 6);
  const replicas = Number(read.get("cluster.replicas") ?? 1);
  const shards = nodes / (1 + replicas);
  if (!Number.isInteger(shards) || shards < 1)
    return [
      missing(
        "cluster.nodes",
        `${nodes} nodes are not a multiple of 1 + ${replicas} replicas: set shards and replicas`,
      ),
    ];
  return [
    mapped(
      "cluster.nodes",
      "shards",
      shards,
      shards < 3 ? "fewer than three primaries have no majority without one" : undefined,
    ),
    mapped("cluster.replicas", "replicas", replicas),
  ];
}

function convertAuth(read: Reader): readonly Entry[] {
  if (read.get("usePassword") === false) return [mapped("usePassword", "auth.enabled", false)];
  const full = read.release.includes("redis-cluster") ? read.release : `${read.release}-redis-cluster`;
  const existing = read.text("existingSecret");
  const key = read.text("existingSecretPasswordKey") ?? "redis-password";
  const given = read.text("global.redis.password") ?? read.text("global.valkey.password") ?? read.text("password");
  const secret = existing ?? read.text("fullnameOverride") ?? full;
  const note =
    existing !== undefined
      ? undefined
      : "the Secret that the other release made: keep it with kubectl annotate secret NAME helm.sh/resource-policy=keep";
  return [
    mapped("usePassword", "auth.enabled", true),
    mapped("existingSecret", "auth.existingSecret", secret, note),
    mapped("existingSecretPasswordKey", "auth.key", key),
    ...(given === undefined
      ? []
      : [
          missing(
            "password",
            `a password in a values file is no secret: the chart takes it from the Secret ${secret} only`,
          ),
        ]),
    ...(read.get("usePasswordFile") === undefined && read.get("usePasswordFiles") === undefined
      ? []
      : [notNeeded("usePasswordFiles", "secrets are always mounted as files")]),
  ];
}

function convertTls(read: Reader): readonly Entry[] {
  if (read.get("tls.enabled") !== true) return [];
  const entries: Entry[] = [mapped("tls.enabled", "tls.enabled", true)];
  const secret = read.text("tls.existingSecret") ?? read.text("tls.certificatesSecret");
  if (secret !== undefined) entries.push(mapped("tls.existingSecret", "tls.existingSecret", secret));
  entries.push(mapped("tls.authClients", "tls.authClients", read.get("tls.authClients") ?? true));
  for (const [path, name] of [
    ["tls.certFilename", "tls.crt"],
    ["tls.certKeyFilename", "tls.key"],
    ["tls.certCAFilename", "ca.crt"],
  ] as const) {
    const file = read.text(path);
    if (file !== undefined && file !== name)
      entries.push(missing(path, `the Secret's key has to be ${name}, it is ${file}`));
  }
  if (!isInert(read.get("tls.autoGenerated")))
    entries.push(
      missing("tls.autoGenerated", "no certificate is made up: use tls.certManager, or a Secret of your own"),
    );
  if (read.text("tls.dhParamsFilename") !== undefined)
    entries.push(missing("tls.dhParamsFilename", "no file of DH parameters"));
  return entries;
}

function convertDirectives(read: Reader): readonly Entry[] {
  const entries: Entry[] = [];
  for (const path of ["redis.defaultConfigOverride", "redis.configmap", "commonConfiguration"]) {
    const text = read.text(path);
    if (text === undefined) continue;
    const { config, owned } = parseDirectives(text);
    for (const [name, value] of Object.entries(config)) entries.push(mapped(path, `config.${name}`, value));
    for (const { name, reason } of owned) entries.push(notNeeded(`${path}: ${name}`, reason));
  }
  const appendOnly = read.get("redis.useAOFPersistence");
  if (appendOnly !== undefined)
    entries.push(
      mapped(
        "redis.useAOFPersistence",
        "config.appendonly",
        appendOnly === "yes" || appendOnly === true ? "yes" : "no",
      ),
    );
  return entries;
}

function convertPreset(read: Reader): readonly Entry[] {
  const preset = read.text("redis.resourcesPreset");
  if (preset === undefined || preset === "none" || !isInert(read.get("redis.resources"))) return [];
  const resources = RESOURCE_PRESETS[preset];
  if (resources === undefined) return [missing("redis.resourcesPreset", `no preset is named ${preset}: set resources`)];
  return [mapped("redis.resourcesPreset", "resources", resources)];
}

function convertNetworkPolicy(read: Reader): readonly Entry[] {
  const at = "networkPolicy";
  const entries: Entry[] = [];
  const enabled = read.get(`${at}.enabled`);
  if (enabled !== undefined) entries.push(mapped(`${at}.enabled`, `${at}.enabled`, enabled));
  const external = read.get(`${at}.allowExternal`);
  if (external !== undefined) entries.push(mapped(`${at}.allowExternal`, `${at}.clients.allowAll`, external));
  const from = read.get(`${at}.ingressNSMatchLabels`);
  const pods = read.get(`${at}.ingressNSPodMatchLabels`);
  if (!isInert(from)) {
    const peer = {
      namespaceSelector: { matchLabels: from ?? null },
      ...(isInert(pods) ? {} : { podSelector: { matchLabels: pods ?? null } }),
    };
    entries.push(mapped(`${at}.ingressNSMatchLabels`, `${at}.clients.from`, [peer]));
  }
  const ingress = read.get(`${at}.extraIngress`);
  if (!isInert(ingress)) entries.push(mapped(`${at}.extraIngress`, `${at}.extraIngress`, ingress ?? null));
  if (read.get(`${at}.allowExternalEgress`) === false)
    entries.push(mapped(`${at}.allowExternalEgress`, `${at}.egress.enabled`, true));
  const egress = read.get(`${at}.extraEgress`);
  if (!isInert(egress)) entries.push(mapped(`${at}.extraEgress`, `${at}.egress.extra`, egress ?? null));
  const metrics = read.get(`${at}.metrics`);
  if (!isInert(metrics)) entries.push(missing(`${at}.metrics`, "who may scrape the agents: networkPolicy.agents.from"));
  return entries;
}

function convertBudget(read: Reader): readonly Entry[] {
  const entries: Entry[] = [];
  const create = read.get("pdb.create");
  if (create !== undefined) entries.push(mapped("pdb.create", "podDisruptionBudget.enabled", create));
  const most = read.get("pdb.maxUnavailable") ?? read.get("maxUnavailable");
  if (!isInert(most)) entries.push(mapped("pdb.maxUnavailable", "podDisruptionBudget.maxUnavailable", most ?? 1));
  if (!isInert(read.get("pdb.minAvailable")) || !isInert(read.get("minAvailable")))
    entries.push(missing("pdb.minAvailable", "a number of pods cannot tell shards apart: maxUnavailable 1 is kept"));
  return entries;
}

/** Settings that are read together. */
export const BITNAMI_GROUPS: readonly GroupRule[] = [
  {
    group: "image",
    consumes: ["global.imageRegistry", "image.registry", "image.repository", "image.tag", "image.digest"],
    means: "the official image of the same version: `engine`, `image.*`, `agent.image.registry`",
    convert: convertImage,
  },
  {
    group: "size",
    consumes: ["cluster.nodes", "cluster.replicas"],
    means: "`shards` = nodes / (1 + replicas), `replicas`",
    convert: convertSize,
  },
  {
    group: "password",
    consumes: [
      "global.redis",
      "global.valkey",
      "usePassword",
      "password",
      "existingSecret",
      "existingSecretPasswordKey",
      "usePasswordFile",
      "usePasswordFiles",
    ],
    means: "`auth.enabled`, `auth.existingSecret`, `auth.key`; never a password in values",
    convert: convertAuth,
  },
  {
    group: "TLS",
    consumes: ["tls"],
    means: "`tls.enabled`, `tls.existingSecret`, `tls.authClients`",
    convert: convertTls,
  },
  {
    group: "server configuration",
    consumes: ["redis.defaultConfigOverride", "redis.configmap", "commonConfiguration", "redis.useAOFPersistence"],
    means: "`config`, directive by directive; those that the agent writes are left out and named",
    convert: convertDirectives,
  },
  { group: "resources preset", consumes: ["redis.resourcesPreset"], means: "`resources`", convert: convertPreset },
  {
    group: "affinity",
    consumes: ["redis.affinity", "redis.podAffinityPreset", "redis.podAntiAffinityPreset", "redis.nodeAffinityPreset"],
    means: "`affinity`, `topologySpread.hosts`",
    convert: convertAffinity,
  },
  {
    group: "network policy",
    consumes: ["networkPolicy"],
    means: '`networkPolicy.*`; the label of a client that is let in stays `RELEASE-client: "true"`',
    convert: convertNetworkPolicy,
  },
  {
    group: "disruption budget",
    consumes: ["pdb", "podDisruptionBudget", "minAvailable", "maxUnavailable"],
    means: "`podDisruptionBudget.*`",
    convert: convertBudget,
  },
];
