import type { Rule, Value } from "./conversion.js";

const FORMED_BY_AGENTS = "the agents form the cluster and add pods to it; no Job runs";
const START_GATE = "the agent writes the configuration at every start; the official image runs untouched";
const EXPORTER =
  "the agent beside each server answers GET /metrics itself; no exporter image runs (names differ: evenkeel_*)";
const RESTRICTED = "fixed: uid and gid 999, no capabilities, read-only root file systems, Pod Security restricted";
const PROBES = "fixed: the agent's answers, see the chart's README; a prober's patience comes from the start gate";
const OUTSIDE =
  "one address for all pods is of no use to a cluster client, which dials every pod: see docs/chart/bitnami.md";
const VOLUME_OWNER = "fsGroup sets the owner; no root container runs";

const same = (from: string, to = from, note?: string): Rule => ({ from, to, ...(note === undefined ? {} : { note }) });
const asList = (value: Value): Value => (Array.isArray(value) ? value : [value]);
/** Bitnami takes names or maps with a name. */
const secretNames = (value: Value): Value =>
  (asList(value) as readonly Value[]).map((item) =>
    typeof item === "object" && item !== null && "name" in item ? ((item as { name: Value }).name ?? "") : item,
  );
/** A size without a unit is a number in YAML. */
const asText = (value: Value): Value => (typeof value === "number" ? String(value) : value);

const COMMON: readonly Rule[] = [
  { from: "nameOverride", missing: "objects have the release's name: use fullnameOverride" },
  same("fullnameOverride"),
  same("clusterDomain"),
  same("commonLabels"),
  same("commonAnnotations"),
  { from: "global.imagePullSecrets", to: "imagePullSecrets", as: secretNames },
  { from: "image.pullSecrets", to: "imagePullSecrets", as: secretNames },
  same("image.pullPolicy"),
  { from: "global.storageClass", to: "persistence.storageClass" },
  { from: "global.defaultStorageClass", to: "persistence.storageClass" },
  { from: "global.security", notNeeded: "any image may be named" },
  {
    from: "global.compatibility",
    missing: "OpenShift's security context constraints: run in a namespace that allows uid 999",
  },
  { from: "kubeVersion", notNeeded: "Helm asks the cluster" },
  { from: "apiVersions", notNeeded: "Helm asks the cluster" },
  { from: "image.debug", notNeeded: "the official image has no such mode; the agent's log says what it does" },
  { from: "diagnosticMode", missing: "use kubectl debug: a held pod would not hand over" },
  { from: "extraDeploy", missing: "put further objects into a chart of your own that depends on this one" },
  { from: "rbac", notNeeded: "the pods call no Kubernetes API" },
  { from: "podSecurityPolicy", notNeeded: "gone since Kubernetes 1.25; the pods pass Pod Security restricted" },
  { from: "serviceAccount.create", notNeeded: "always made, without rights" },
  { from: "serviceAccount.name", missing: "it has the release's name" },
  same("serviceAccount.annotations"),
  { from: "serviceAccount.automountServiceAccountToken", notNeeded: "never mounted: the pods call no Kubernetes API" },
  {
    from: "podSecurityContext.sysctls",
    missing: "set kernel settings on the nodes, e.g. in the node group's template",
  },
  { from: "podSecurityContext", notNeeded: RESTRICTED },
  { from: "containerSecurityContext", notNeeded: RESTRICTED },
  { from: "volumePermissions", notNeeded: VOLUME_OWNER },
  {
    from: "sysctlImage",
    missing: "set kernel settings on the nodes; a privileged container would break Pod Security restricted",
  },
  { from: "enableServiceLinks", notNeeded: "always off" },
];

const SERVICE: readonly Rule[] = [
  same("service.annotations"),
  same("service.labels"),
  { from: "service.ports.redis", missing: "always 6379", standard: 6379 },
  { from: "service.ports.valkey", missing: "always 6379", standard: 6379 },
  { from: "service.type", missing: OUTSIDE, standard: "ClusterIP" },
  { from: "service.loadBalancerSourceRanges", missing: OUTSIDE },
  { from: "service.headless", missing: "annotations of the headless service: use commonAnnotations" },
  { from: "service.clusterIP", missing: "the client service gets an address by itself; clients find it by name" },
  { from: "service.externalTrafficPolicy", missing: OUTSIDE, standard: "Cluster" },
  { from: "service.loadBalancerIP", missing: OUTSIDE },
  { from: "service.loadBalancerClass", missing: OUTSIDE },
  { from: "service.nodePorts", missing: OUTSIDE },
  { from: "service.extraPorts", missing: "make a Service of your own for a further container" },
  { from: "service.sessionAffinity", notNeeded: "a cluster client asks any pod for the slot map, then dials pods" },
  {
    from: "service.sessionAffinityConfig",
    notNeeded: "a cluster client asks any pod for the slot map, then dials pods",
  },
];

const STORAGE: readonly Rule[] = [
  {
    from: "persistence.enabled",
    missing: "each pod always has a volume: a primary that comes back empty must not serve",
    standard: true,
  },
  same("persistence.storageClass"),
  same("persistence.annotations"),
  same("persistence.labels"),
  { from: "persistence.size", to: "persistence.size", as: asText },
  same("persistence.accessModes"),
  { from: "persistence.path", notNeeded: "/data, as the official images have it" },
  { from: "persistence.subPath", missing: "each pod has a volume of its own" },
  { from: "persistence.matchLabels", missing: "volumes are made by the storage class" },
  { from: "persistence.matchExpressions", missing: "volumes are made by the storage class" },
  { from: "persistentVolumeClaimRetentionPolicy.enabled", notNeeded: "whenScaled and whenDeleted are enough" },
  { from: "persistentVolumeClaimRetentionPolicy.whenScaled", to: "persistence.retention.whenScaled" },
  { from: "persistentVolumeClaimRetentionPolicy.whenDeleted", to: "persistence.retention.whenDeleted" },
];

const POD: readonly Rule[] = [
  { from: "redis.nodeSelector", to: "nodeSelector" },
  { from: "redis.tolerations", to: "tolerations" },
  { from: "redis.priorityClassName", to: "priorityClass.name" },
  { from: "redis.schedulerName", to: "schedulerName" },
  { from: "redis.podLabels", to: "podLabels" },
  { from: "redis.podAnnotations", to: "podAnnotations" },
  {
    from: "redis.topologySpreadConstraints",
    to: "topologySpread.extra",
    note: "zones and hosts are spread over without it",
  },
  {
    from: "redis.extraEnvVars",
    to: "extraEnv",
    note: "the server's container; official images read none of Bitnami's variables",
  },
  { from: "redis.extraVolumes", to: "extraVolumes" },
  { from: "redis.extraVolumeMounts", to: "extraVolumeMounts" },
  { from: "redis.sidecars", to: "extraContainers" },
  { from: "redis.initContainers", to: "extraInitContainers" },
  {
    from: "redis.terminationGracePeriodSeconds",
    to: "terminationGracePeriodSeconds",
    note: "below 120 a hand-over may not end in time",
  },
  { from: "redis.resources", to: "resources" },
  { from: "redis.command", notNeeded: START_GATE },
  { from: "redis.args", notNeeded: START_GATE },
  {
    from: "redis.updateStrategy",
    notNeeded: "RollingUpdate with partition 0 at rest; evenkeel upgrade sets OnDelete while it works",
  },
  { from: "redis.podManagementPolicy", notNeeded: "always Parallel" },
  { from: "redis.minReadySeconds", notNeeded: "readiness already means in step and known to every peer" },
  { from: "redis.containerPorts", notNeeded: "always 6379 and 16379" },
  { from: "redis.lifecycleHooks", missing: "preStop is the hand-over; postStart: use extraContainers" },
  { from: "redis.hostAliases", missing: "peers are found by DNS" },
  { from: "redis.hostNetwork", missing: "pods have addresses of their own" },
  { from: "redis.shareProcessNamespace", notNeeded: "each container keeps its own; the server is process 1" },
  { from: "redis.runtimeClassName", missing: "no runtime class" },
  { from: "redis.livenessProbe", notNeeded: PROBES },
  { from: "redis.readinessProbe", notNeeded: PROBES },
  { from: "redis.startupProbe", notNeeded: PROBES },
  { from: "redis.customLivenessProbe", missing: PROBES },
  { from: "redis.customReadinessProbe", missing: PROBES },
  { from: "redis.customStartupProbe", missing: PROBES },
  { from: "updateJob", notNeeded: FORMED_BY_AGENTS },
  { from: "cluster.init", notNeeded: FORMED_BY_AGENTS },
  { from: "cluster.update", notNeeded: FORMED_BY_AGENTS },
  {
    from: "cluster.externalAccess",
    missing:
      "clients outside the cluster: addresses: pod where the network routes pod addresses; see docs/chart/bitnami.md",
  },
];

const METRICS: readonly Rule[] = [
  { from: "metrics.enabled", notNeeded: EXPORTER },
  { from: "metrics.image", notNeeded: EXPORTER },
  { from: "metrics.resources", notNeeded: EXPORTER },
  { from: "metrics.resourcesPreset", notNeeded: EXPORTER },
  { from: "metrics.extraArgs", missing: "arguments of redis_exporter: run it yourself in extraContainers" },
  { from: "metrics.extraEnvVars", missing: "variables of redis_exporter: run it yourself in extraContainers" },
  { from: "metrics.podAnnotations", notNeeded: "use podAnnotations, with port 9640 and path /metrics" },
  { from: "metrics.podLabels", notNeeded: EXPORTER },
  { from: "metrics.containerPorts", notNeeded: EXPORTER },
  { from: "metrics.containerSecurityContext", notNeeded: EXPORTER },
  { from: "metrics.priorityClassName", notNeeded: EXPORTER },
  { from: "metrics.service", notNeeded: "a headless Service is made with the ServiceMonitor" },
  { from: "metrics.serviceMonitor.enabled", to: "metrics.serviceMonitor.enabled" },
  { from: "metrics.serviceMonitor.namespace", to: "metrics.serviceMonitor.namespace" },
  { from: "metrics.serviceMonitor.interval", to: "metrics.serviceMonitor.interval" },
  { from: "metrics.serviceMonitor.scrapeTimeout", to: "metrics.serviceMonitor.scrapeTimeout" },
  { from: "metrics.serviceMonitor.labels", to: "metrics.serviceMonitor.labels" },
  {
    from: "metrics.serviceMonitor.selector",
    to: "metrics.serviceMonitor.labels",
    note: "labels that your Prometheus selects by",
  },
  { from: "metrics.serviceMonitor.relabelings", to: "metrics.serviceMonitor.relabelings" },
  { from: "metrics.serviceMonitor.metricRelabelings", to: "metrics.serviceMonitor.metricRelabelings" },
  { from: "metrics.serviceMonitor.annotations", missing: "use commonAnnotations" },
  { from: "metrics.serviceMonitor.jobLabel", missing: "use relabelings" },
  { from: "metrics.prometheusRule.enabled", to: "metrics.prometheusRule.enabled", note: "comes with ten rules" },
  { from: "metrics.prometheusRule.namespace", to: "metrics.prometheusRule.namespace" },
  { from: "metrics.prometheusRule.additionalLabels", to: "metrics.prometheusRule.labels" },
  {
    from: "metrics.prometheusRule.rules",
    missing: "rules over redis_* metrics find nothing: write them over evenkeel_*, into extraRules",
  },
];

/** Every setting of the Bitnami charts redis-cluster and valkey-cluster that stands for itself. */
export const BITNAMI_RULES: readonly Rule[] = [...COMMON, ...SERVICE, ...STORAGE, ...POD, ...METRICS];
