import type { ChangeKind } from "./change-kind.js";
import type { Values } from "./plan-json.js";

/**
 * How bad it is: `data` is lost, something is `down` meanwhile, pods `move` by the ordinary way (drained one node at a time), or
 * something is `open` to be known.
 */
export type Impact = "data" | "down" | "move" | "open";

/** What a change means for those who use the cluster. */
export interface Consequence {
  readonly impact: Impact;
  readonly text: string;
}

interface Situation {
  readonly kind: ChangeKind;
  readonly changed: readonly string[];
  readonly before: Values | null;
  readonly after: Values | null;
}

type Judge = (situation: Situation) => Consequence | undefined;

const gone = ({ kind }: Situation): boolean => kind === "replaced" || kind === "destroyed";
const touches = ({ kind, changed }: Situation, names: readonly string[]): boolean =>
  kind === "changed" && changed.some((name) => names.includes(name));
const whenGone =
  (impact: Impact, text: string): Judge =>
  (situation) =>
    gone(situation) ? { impact, text } : undefined;

const NODE_ROLL = ["version", "release_version", "launch_template", "ami_type"];

const nodeGroup: Judge = (situation) => {
  if (situation.kind === "replaced")
    return {
      impact: "down",
      text: "its nodes are drained and removed as a group, not one at a time as by an update: pods move or wait, volumes wait for a node in their zone",
    };
  if (situation.kind === "destroyed")
    return { impact: "down", text: "its nodes are drained and removed; pods without room elsewhere wait" };
  if (touches(situation, NODE_ROLL))
    return { impact: "move", text: "its nodes are replaced one at a time; each drain hands over every primary on it" };
  return undefined;
};

const cluster: Judge = (situation) => {
  if (gone(situation))
    return { impact: "data", text: "the Kubernetes cluster and everything in it is lost; its volumes are orphaned" };
  if (touches(situation, ["version"])) {
    const [from, to] = [situation.before?.["version"], situation.after?.["version"]].map(String);
    return {
      impact: "open",
      text: `the control plane goes from ${from} to ${to}: no way back, API calls may fail for moments`,
    };
  }
  if (touches(situation, ["vpc_config"]))
    return { impact: "open", text: "who reaches the Kubernetes API may change; connections through the old way end" };
  return undefined;
};

const addon: Judge = ({ kind, before, after }) => {
  if (kind === "created" || kind === "unchanged") return undefined;
  const name = String((after ?? before)?.["addon_name"]);
  const what: Readonly<Record<string, string>> = {
    "vpc-cni": "the network plugin restarts node by node: running pods keep their network, new ones wait",
    coredns: "names are not resolved by a pod of CoreDNS that restarts; the other answers",
    "kube-proxy": "Services are not updated on a node while its proxy restarts",
    "aws-ebs-csi-driver": "volumes cannot be attached while the driver restarts",
    "eks-pod-identity-agent": "pods get no AWS credentials from a node whose agent restarts",
  };
  const impact: Impact = kind === "changed" ? "open" : "down";
  return { impact, text: what[name] ?? `add-on ${name} restarts` };
};

const launchTemplate: Judge = (situation) =>
  gone(situation) || situation.kind === "changed"
    ? {
        impact: "move",
        text: "a new version of the machines' template: the groups that use it replace their nodes one at a time",
      }
    : undefined;

const NETWORK = "everything inside it is cut off and made anew";
const RULE = "connections that only this rule allowed end";
const ACCESS = "calls to AWS that use it fail until it is there again";

/** By type of resource. What is missing here has no consequence that we know of. */
const JUDGES: Readonly<Record<string, Judge>> = {
  aws_eks_cluster: cluster,
  aws_eks_node_group: nodeGroup,
  aws_eks_addon: addon,
  aws_launch_template: launchTemplate,
  aws_nat_gateway: whenGone(
    "down",
    "the way out of its private subnets is interrupted; the address that others see changes unless it keeps its Elastic IP",
  ),
  aws_eip: whenGone("down", "the address that others see changes: allow lists elsewhere must know the new one"),
  aws_internet_gateway: whenGone("down", "no traffic to or from the internet until it is there again"),
  aws_route: whenGone("down", "traffic that took this route is interrupted"),
  aws_route_table: whenGone("down", "its subnets fall back to the VPC's main table meanwhile"),
  aws_route_table_association: whenGone("down", "its subnet falls back to the VPC's main table meanwhile"),
  aws_vpc: whenGone("down", NETWORK),
  aws_subnet: whenGone("down", NETWORK),
  aws_vpc_endpoint: whenGone(
    "down",
    "calls to this AWS service from the private subnets fail or take the NAT gateway meanwhile",
  ),
  aws_security_group: whenGone("down", RULE),
  aws_security_group_rule: whenGone("down", RULE),
  aws_vpc_security_group_ingress_rule: whenGone("down", RULE),
  aws_vpc_security_group_egress_rule: whenGone("down", RULE),
  aws_iam_role: whenGone("down", ACCESS),
  aws_iam_role_policy_attachment: whenGone("down", ACCESS),
  aws_eks_pod_identity_association: whenGone("down", ACCESS),
  aws_eks_access_entry: whenGone("open", "this person or role can no longer enter the cluster"),
  aws_eks_access_policy_association: whenGone("open", "this person or role loses rights in the cluster"),
  aws_s3_bucket: whenGone("data", "the bucket and all it holds is lost"),
  aws_dynamodb_table: whenGone("data", "the table and all it holds is lost; running Terraform loses its lock"),
  aws_kms_key: whenGone("data", "what it encrypted can no longer be read once its waiting period is over"),
  aws_cloudwatch_log_group: whenGone("data", "the logs kept so far are lost"),
  aws_ebs_volume: whenGone("data", "the volume and all it holds is lost"),
  kubernetes_storage_class_v1: whenGone("open", "volumes that exist stay; new claims wait until it is there again"),
  kubernetes_storage_class: whenGone("open", "volumes that exist stay; new claims wait until it is there again"),
  helm_release: (situation) =>
    situation.kind === "created" || situation.kind === "unchanged"
      ? undefined
      : { impact: "open", text: "what this release runs restarts" },
};

/** What a change to a resource of this type means for those who use the cluster; undefined when nothing is known of it. */
export function consequenceOf(type: string, situation: Situation): Consequence | undefined {
  return JUDGES[type]?.(situation);
}
