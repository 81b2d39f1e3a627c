import {
  blocksOf,
  isEverybody,
  isUnknown,
  plannedOf,
  showValue,
  textsOf,
  type PolicyInput,
  type Rule,
  type Violation,
} from "./rule.js";
import type { Values } from "../plan/plan-json.js";

const FLOW_LOG_SECONDS = 60;

const ports = (values: Values): string => {
  const [from, to] = [values["from_port"], values["to_port"]];
  if (from === null || from === undefined || String(values["ip_protocol"] ?? values["protocol"]) === "-1")
    return "every port";
  return from === to ? `port ${showValue(from)}` : `ports ${showValue(from)} to ${showValue(to)}`;
};

function openIngress(input: PolicyInput): readonly Violation[] {
  const networksOf = (values: Values): readonly unknown[] => [
    values["cidr_ipv4"],
    values["cidr_ipv6"],
    ...textsOf(values["cidr_blocks"]),
    ...textsOf(values["ipv6_cidr_blocks"]),
  ];
  const told = (resource: string, values: Values): readonly Violation[] =>
    networksOf(values)
      .filter(isEverybody)
      .map((network) => ({ resource, evidence: `${showValue(network)} may reach ${ports(values)}` }));
  return [
    ...plannedOf(input, "aws_vpc_security_group_ingress_rule").flatMap(({ address, values }) => told(address, values)),
    ...plannedOf(input, "aws_security_group_rule")
      .filter(({ values }) => values["type"] === "ingress")
      .flatMap(({ address, values }) => told(address, values)),
    ...plannedOf(input, "aws_security_group", "aws_default_security_group").flatMap(({ address, values }) =>
      blocksOf(values, "ingress").flatMap((rule) => told(address, rule)),
    ),
  ];
}

function checkFlowLogs(input: PolicyInput): readonly Violation[] {
  const logs = plannedOf(input, "aws_flow_log");
  const slow = logs.flatMap(({ address, values }) => {
    const seconds = values["max_aggregation_interval"];
    const traffic = values["traffic_type"];
    return [
      ...(seconds === FLOW_LOG_SECONDS ? [] : [{ resource: address, evidence: `gathers for ${showValue(seconds)} s` }]),
      ...(traffic === "ALL" || traffic === null || traffic === undefined
        ? []
        : [{ resource: address, evidence: `tells only of ${showValue(traffic)} traffic` }]),
    ];
  });
  const without = logs.length > 0 ? [] : plannedOf(input, "aws_vpc");
  return [...slow, ...without.map(({ address }) => ({ resource: address, evidence: "has no flow log" }))];
}

function checkSubnetTags(input: PolicyInput): readonly Violation[] {
  if (plannedOf(input, "aws_eks_cluster").length === 0) return [];
  return plannedOf(input, "aws_subnet")
    .filter((subnet) => !isUnknown(subnet, "tags"))
    .filter(({ values }) => {
      const tags = Object.keys((values["tags"] as Values | null) ?? {});
      return !tags.some((tag) => tag === "kubernetes.io/role/elb" || tag === "kubernetes.io/role/internal-elb");
    })
    .map(({ address }) => ({ resource: address, evidence: "no kubernetes.io/role/elb or internal-elb tag" }));
}

export const NETWORK_RULES: readonly Rule[] = [
  {
    id: "ingress-open",
    severity: "block",
    title: "no security group lets everybody in",
    why: "servers, agents and nodes are for the cluster's own network",
    fix: "name the networks or the security group that need it",
    check: openIngress,
  },
  {
    id: "endpoint-open",
    severity: "block",
    title: "the Kubernetes API is not open to everybody",
    why: "a stolen token would then be enough from anywhere",
    fix: "name your networks in endpoint.cidrs, or set endpoint.public: false",
    check: (input) =>
      plannedOf(input, "aws_eks_cluster").flatMap(({ address, values }) =>
        blocksOf(values, "vpc_config")
          .filter((config) => config["endpoint_public_access"] === true)
          .flatMap((config) => {
            const cidrs = textsOf(config["public_access_cidrs"]);
            // AWS takes an empty list for everybody.
            const open = cidrs.length === 0 ? ["0.0.0.0/0"] : cidrs.filter(isEverybody);
            return open.map((cidr) => ({ resource: address, evidence: `the public endpoint answers ${cidr}` }));
          }),
      ),
  },
  {
    id: "endpoint-public",
    severity: "warn",
    title: "production's Kubernetes API is private",
    why: "what is not reachable cannot be attacked",
    fix: "set endpoint.public: false and work through a VPN, a runner in the VPC or Session Manager",
    check: (input) =>
      input.environment?.kind === "production"
        ? plannedOf(input, "aws_eks_cluster")
            .filter(({ values }) =>
              blocksOf(values, "vpc_config").some((config) => config["endpoint_public_access"] === true),
            )
            .map(({ address }) => ({ resource: address, evidence: "endpoint_public_access is true" }))
        : [],
  },
  {
    id: "flow-logs",
    severity: "block",
    title: `the VPC's flow log tells of all traffic every ${FLOW_LOG_SECONDS} s`,
    why: "with the default of 600 s an incident is over before its traffic is seen",
    fix: `add aws_flow_log with traffic_type = "ALL" and max_aggregation_interval = ${FLOW_LOG_SECONDS}`,
    check: checkFlowLogs,
  },
  {
    id: "subnet-tags",
    severity: "warn",
    title: "subnets are tagged for load balancers",
    why: "a load balancer's controller finds its subnets by these tags only",
    fix: "tag public subnets kubernetes.io/role/elb = 1 and private ones kubernetes.io/role/internal-elb = 1",
    check: checkSubnetTags,
  },
];
