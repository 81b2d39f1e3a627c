/** What the manifest is for. */
export interface RbacOptions {
  readonly namespace: string;
  /** Name of the release, and of its objects. */
  readonly release: string;
  /** Name of the ServiceAccount that the command line runs as. */
  readonly account: string;
}

interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
  readonly resourceNames?: readonly string[];
}

/** Helm reads, writes and, when a change fails, takes back every object of the chart. */
const HELM = ["get", "list", "watch", "create", "update", "patch", "delete"];

/** In the namespace of the release. */
const RULES: readonly Rule[] = [
  // Looked at; deleted one by one in a roll; made for trials of an image; annotated when replicas were added or removed.
  { apiGroups: [""], resources: ["pods"], verbs: ["get", "list", "watch", "create", "patch", "delete"] },
  { apiGroups: [""], resources: ["pods/log"], verbs: ["get"] },
  // The way to the agents: status and views are read, a hand-over is asked for.
  { apiGroups: [""], resources: ["pods/proxy"], verbs: ["get", "create"] },
  // Secrets: Helm's records of releases, which have a new name at every change, and the agents' token.
  { apiGroups: [""], resources: ["services", "configmaps", "secrets", "serviceaccounts"], verbs: HELM },
  { apiGroups: [""], resources: ["events"], verbs: ["create", "patch"] },
  { apiGroups: ["apps"], resources: ["statefulsets"], verbs: HELM },
  { apiGroups: ["batch"], resources: ["jobs"], verbs: HELM },
  { apiGroups: ["policy"], resources: ["poddisruptionbudgets"], verbs: HELM },
  { apiGroups: ["networking.k8s.io"], resources: ["networkpolicies"], verbs: HELM },
  { apiGroups: ["coordination.k8s.io"], resources: ["leases"], verbs: ["get", "create", "update"] },
  { apiGroups: ["monitoring.coreos.com"], resources: ["servicemonitors", "prometheusrules"], verbs: HELM },
  { apiGroups: ["cert-manager.io"], resources: ["certificates"], verbs: HELM },
];

/** Of objects that belong to no namespace. */
function clusterRules({ namespace, release }: RbacOptions): readonly Rule[] {
  return [
    // Hosts and zones of the pods.
    { apiGroups: [""], resources: ["nodes"], verbs: ["get"] },
    // The chart's own, for agents that read their zone; they are written again as they are.
    {
      apiGroups: ["rbac.authorization.k8s.io"],
      resources: ["clusterroles", "clusterrolebindings"],
      resourceNames: [`${namespace}-${release}-zones`],
      verbs: ["get", "update", "patch"],
    },
    { apiGroups: ["scheduling.k8s.io"], resources: ["priorityclasses"], verbs: ["get"] },
  ];
}

const RBAC = "rbac.authorization.k8s.io";

/**
 * The objects that give an account exactly the rights that the command line uses on one release: a ServiceAccount, a Role with
 * its binding, and a ClusterRole with its binding for nodes. Pure.
 */
export function rbacManifest(options: RbacOptions): readonly object[] {
  const { namespace, account } = options;
  const labels = { "app.kubernetes.io/part-of": "evenkeel" };
  const subjects = [{ kind: "ServiceAccount", name: account, namespace }];
  const wide = `${namespace}-${account}`;
  return [
    { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: account, namespace, labels } },
    { apiVersion: `${RBAC}/v1`, kind: "Role", metadata: { name: account, namespace, labels }, rules: RULES },
    {
      apiVersion: `${RBAC}/v1`,
      kind: "RoleBinding",
      metadata: { name: account, namespace, labels },
      roleRef: { apiGroup: RBAC, kind: "Role", name: account },
      subjects,
    },
    { apiVersion: `${RBAC}/v1`, kind: "ClusterRole", metadata: { name: wide, labels }, rules: clusterRules(options) },
    {
      apiVersion: `${RBAC}/v1`,
      kind: "ClusterRoleBinding",
      metadata: { name: wide, labels },
      roleRef: { apiGroup: RBAC, kind: "ClusterRole", name: wide },
      subjects,
    },
  ];
}
