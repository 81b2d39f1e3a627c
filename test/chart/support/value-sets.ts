import type { ChartValues } from "./render.js";

export interface ValueSet {
  readonly name: string;
  readonly values: ChartValues;
  readonly files?: readonly string[];
}

const MONITORING = {
  serviceMonitor: {
    enabled: true,
    namespace: "monitoring",
    labels: { release: "prometheus" },
    scrapeTimeout: "5s",
    relabelings: [{ action: "labeldrop", regex: "endpoint" }],
    metricRelabelings: [{ action: "drop", sourceLabels: ["__name__"], regex: "go_.*" }],
  },
  prometheusRule: {
    enabled: true,
    labels: { release: "prometheus" },
    disabled: ["RedisClusterFullSyncs"],
    extraRules: [{ alert: "Mine", expr: "evenkeel_keys > 5" }],
  },
  dashboard: { enabled: true, annotations: { grafana_folder: "Redis" } },
};

/** What Pod Security restricted asks of a container, also of a user's own. */
const RESTRICTED = {
  allowPrivilegeEscalation: false,
  runAsNonRoot: true,
  capabilities: { drop: ["ALL"] },
  seccompProfile: { type: "RuntimeDefault" },
};

/** Everything that can be switched on at once. */
export const ALL_OPTIONS: ChartValues = {
  engine: "valkey",
  image: { registry: "registry.example.com", tag: "8.1.3" },
  agent: { image: { registry: "registry.example.com" }, scripts: { take: "return redis.call('GET', KEYS[1])" } },
  auth: { enabled: true, existingSecret: "shop-auth", usersKey: "users.acl" },
  tls: {
    enabled: true,
    authClients: true,
    certManager: {
      enabled: true,
      issuerRef: { name: "ca", kind: "ClusterIssuer" },
      extraDnsNames: ["redis.example.com"],
    },
  },
  surge: [{ follow: "shop-1" }],
  config: { maxmemory: "1gb", "maxmemory-policy": "allkeys-lru", save: ["900 1", "300 10"], appendonly: "yes" },
  commonLabels: { team: "payments" },
  commonAnnotations: { "example.com/owner": "payments" },
  imagePullSecrets: ["registry-key"],
  podLabels: { tier: "data" },
  podAnnotations: { "example.com/note": "data" },
  nodeSelector: { disk: "ssd" },
  affinity: { nodeAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [] } },
  tolerations: [{ key: "memory", operator: "Exists" }],
  schedulerName: "default-scheduler",
  priorityClass: { create: true },
  topologySpread: {
    zones: { whenUnsatisfiable: "DoNotSchedule" },
    extra: [{ topologyKey: "rack", maxSkew: 1, whenUnsatisfiable: "ScheduleAnyway" }],
  },
  extraEnv: [{ name: "TZ", value: "UTC" }],
  extraEnvFrom: [{ configMapRef: { name: "more", optional: true } }],
  extraVolumes: [{ name: "scratch", emptyDir: {} }],
  extraVolumeMounts: [{ name: "scratch", mountPath: "/scratch" }],
  extraContainers: [
    { name: "beside", image: "busybox:1", command: ["sleep", "infinity"], securityContext: RESTRICTED },
  ],
  extraInitContainers: [{ name: "before", image: "busybox:1", command: ["true"], securityContext: RESTRICTED }],
  persistence: { labels: { backup: "daily" }, annotations: { "example.com/backup": "daily" }, storageClass: "gp3" },
  service: { annotations: { "example.com/service": "yes" }, labels: { exposed: "no" } },
  serviceAccount: { annotations: { "eks.amazonaws.com/role-arn": "arn:aws:iam::123456789012:role/none" } },
  networkPolicy: {
    clients: { allowAll: false, podLabels: { app: "basket" }, namespaceLabels: { shop: "yes" } },
    agents: {
      ipBlocks: ["10.0.0.0/16"],
      from: [{ namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "monitoring" } } }],
    },
    egress: { enabled: true, extra: [{ ports: [{ port: 123, protocol: "UDP" }] }] },
  },
  metrics: MONITORING,
};

/** What users do with the chart; every property test runs over all of them. */
export const VALUE_SETS: readonly ValueSet[] = [
  { name: "the defaults", values: {} },
  { name: "values-demo.yaml", values: {}, files: ["values-demo.yaml"] },
  { name: "values-production.yaml", values: {}, files: ["values-production.yaml"] },
  { name: "Valkey", values: { engine: "valkey", image: { tag: "9.0" } } },
  { name: "addresses of pods", values: { addresses: "pod" } },
  { name: "OnDelete, as an upgrade stages it", values: { updateStrategy: "OnDelete" } },
  { name: "two surge pods", values: { surge: [{ follow: "shop-0" }, { follow: "shop-2" }] } },
  { name: "no replicas", values: { replicas: 0 } },
  { name: "TLS from a Secret", values: { tls: { enabled: true, existingSecret: "shop-certificate" } } },
  { name: "a password", values: { auth: { enabled: true, existingSecret: "shop-auth" } } },
  { name: "a token of one's own", values: { token: { existingSecret: "shop-own-token" } } },
  { name: "every option", values: ALL_OPTIONS },
];
