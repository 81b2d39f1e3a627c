import { INSTANCE_TYPES } from "../capacity/instance-types.js";
import { judgeCapacity } from "../capacity/judge-capacity.js";
import { overlaps, parseCidr, type Cidr } from "./cidr.js";
import { joinPath, type Fault, type Notice } from "./faults.js";
import { zoneFault } from "./regions.js";
import { resolveAll, type Environment } from "./resolve-environment.js";
import type { InfraFile } from "./schema.js";

const MIB_PER_GIB = 1024;

/** Everything that a schema cannot see: values that do not fit together. */
export interface Judgement {
  readonly faults: readonly Fault[];
  readonly notices: readonly Notice[];
}

type Say = (path: readonly (string | number)[], message: string) => void;

function checkNetwork(environment: Environment, fault: Say): void {
  const read = (path: readonly (string | number)[], text: string): Cidr | undefined => {
    const cidr = parseCidr(text);
    if (typeof cidr !== "string") return cidr;
    fault(path, cidr);
    return undefined;
  };
  const vpc = read(["vpcCidr"], environment.vpcCidr);
  const services = read(["serviceCidr"], environment.serviceCidr);
  if (vpc !== undefined && (vpc.bits < 16 || vpc.bits > 20)) {
    const what = vpc.bits > 20 ? "too small for the subnets" : "larger than a VPC may be";
    fault(
      ["vpcCidr"],
      `${vpc.text} is ${what}; allowed is /16 to /20: a quarter for each zone and one for the public subnets`,
    );
  }
  if (services !== undefined && (services.bits < 12 || services.bits > 24))
    fault(["serviceCidr"], `${services.text} cannot hold Services; allowed is /12 to /24`);
  if (vpc === undefined) return;
  if (services !== undefined && overlaps(vpc, services))
    fault(["serviceCidr"], `${services.text} overlaps the VPC's ${vpc.text}; take another private network`);
  for (const [at, text] of environment.reservedCidrs.entries()) {
    const reserved = read(["reservedCidrs", at], text);
    if (reserved === undefined) continue;
    if (overlaps(vpc, reserved))
      fault(["vpcCidr"], `${vpc.text} overlaps the reserved network ${text}; take another one, such as 10.64.0.0/16`);
  }
}

function checkZones({ zones, region }: Environment, fault: Say): void {
  for (const [at, zone] of zones.entries()) {
    const message = zoneFault(zone, region);
    if (message !== undefined) fault(["zones", at], message);
    if (zones.indexOf(zone) !== at) fault(["zones", at], `${zone} is named twice`);
  }
}

function checkEndpoint({ endpoint, admins, installInCluster }: Environment, fault: Say, notice: Say): void {
  if (endpoint.public && endpoint.cidrs.length === 0)
    fault(
      ["endpoint", "cidrs"],
      "the public endpoint needs the networks that may reach it; name yours, or set public: false",
    );
  for (const [at, text] of endpoint.cidrs.entries()) {
    const cidr = parseCidr(text);
    if (typeof cidr === "string") fault(["endpoint", "cidrs", at], cidr);
    else if (cidr.bits < 8) fault(["endpoint", "cidrs", at], `${text} is nearly everybody; name your own networks`);
  }
  if (Object.keys(admins).length === 0) {
    if (installInCluster)
      fault(
        ["admins"],
        "nobody may enter the cluster, so nothing can be installed in it; name your role, or set installInCluster: false",
      );
    else notice(["admins"], "nobody may enter the cluster yet; name your role here");
  }
  if (!endpoint.public && installInCluster)
    notice(["endpoint"], "the Kubernetes API is private: Terraform must run where it can reach the VPC");
}

function checkNodes(environment: Environment, fault: Say, notice: Say): void {
  const { nodes } = environment;
  const { min, desired, max } = nodes.count;
  if (min > desired || desired > max)
    fault(["nodes", "count"], `min ${min}, desired ${desired} and max ${max} must not fall: min <= desired <= max`);
  const unknown = nodes.instanceTypes.filter((name) => INSTANCE_TYPES[name] === undefined);
  for (const name of unknown)
    notice(["nodes", "instanceTypes"], `the size of ${name} is not known here and not checked`);
  const archs = new Set(nodes.instanceTypes.flatMap((name) => INSTANCE_TYPES[name]?.arch ?? []));
  if (archs.size > 1) fault(["nodes", "instanceTypes"], "one group cannot mix architectures (amd64 and arm64)");
  const verdict = judgeCapacity(environment);
  if (verdict === undefined) return;
  const { instanceType, nodes: count, nodeMib, pods, podMib, fits, fitsAtLeast, fitsDuringDrain, systemMib } = verdict;
  const sum = `${pods} pods of ${podMib} MiB and ${systemMib} MiB of the system on ${count} x ${instanceType}`;
  if (fits < pods)
    fault(
      ["nodes"],
      `not enough memory: ${sum} (${nodeMib} MiB for pods on each, ${(nodeMib / MIB_PER_GIB).toFixed(1)} GiB): ` +
        `${fits} of ${pods} fit; take a larger type, more nodes, or lower limits in workload`,
    );
  else if (fitsAtLeast < pods)
    notice(
      ["nodes"],
      `memory is tight: ${sum}. An AMI that reserves for every pod that prefix delegation allows leaves ` +
        `${verdict.leastNodeMib} MiB a node, and ${fitsAtLeast} of ${pods} pods would fit`,
    );
  if (fits >= pods && fitsDuringDrain < pods)
    notice(
      ["nodes"],
      `while one of ${count} nodes is drained, ${fitsDuringDrain} of ${pods} pods fit on the others: the rest waits for a new node`,
    );
}

function checkTogether(file: InfraFile, all: readonly Environment[], fault: Say): void {
  for (const [at, environment] of all.entries()) {
    const first = all.findIndex(({ root }) => root === environment.root);
    if (first !== at)
      fault(
        ["environments", environment.id, "root"],
        `${environment.root} is the root of ${all[first]?.id ?? ""} already; copy the folder and name it here`,
      );
    if (environment.id === "bootstrap")
      fault(["environments", environment.id], "bootstrap is the name of the state bucket's own state; take another");
  }
  for (const [at, { environment }] of file.waivers.entries())
    if (environment !== undefined && file.environments[environment] === undefined)
      fault(
        ["waivers", at, "environment"],
        `there is no environment ${environment}; there are: ${Object.keys(file.environments).join(", ")}`,
      );
}

/** Judges what the schema cannot: networks, zones, the room on the nodes, names used twice. */
export function checkEnvironments(file: InfraFile): Judgement {
  const faults: Fault[] = [];
  const notices: Notice[] = [];
  const say: Say = (path, message) => faults.push({ path, place: joinPath(path), message });
  const all = resolveAll(file);
  for (const environment of all) {
    const base = ["environments", environment.id];
    const fault: Say = (path, message) => say([...base, ...path], message);
    const notice: Say = (path, message) => notices.push({ place: joinPath([...base, ...path]), message });
    checkNetwork(environment, fault);
    checkZones(environment, fault);
    checkEndpoint(environment, fault, notice);
    checkNodes(environment, fault, notice);
  }
  checkTogether(file, all, say);
  return { faults, notices };
}
