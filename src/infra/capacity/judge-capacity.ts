import { countNodes, workloadMemoryMib, type Environment } from "../environment/resolve-environment.js";
import { INSTANCE_TYPES } from "./instance-types.js";
import { nodeCapacity } from "./node-capacity.js";

/** Requests of what EKS runs on every node: CNI, kube-proxy, the EBS driver's node part (3 x 40 MiB), Pod Identity. */
const SYSTEM_PER_NODE_MIB = 150;
/** Requests of what runs once: 2 CoreDNS (70 MiB), 2 EBS controllers (6 containers of 40 MiB), the autoscaler (300 MiB). */
const SYSTEM_ONCE_MIB = 2 * 70 + 2 * 240 + 300;

/** Whether the nodes can carry the chart. */
export interface CapacityVerdict {
  readonly instanceType: string;
  /** Fewest nodes: the autoscaler may go down to them. */
  readonly nodes: number;
  /** MiB for pods on one node. */
  readonly nodeMib: number;
  /** The same where the AMI reserves for every pod that prefix delegation allows. */
  readonly leastNodeMib: number;
  /** MiB of one of the chart's pods, by its limits. */
  readonly podMib: number;
  readonly pods: number;
  /** MiB of all of the chart's pods, by their limits. */
  readonly workloadMib: number;
  readonly systemMib: number;
  /** Pods of the chart that fit on all nodes, each node filled by itself. */
  readonly fits: number;
  /** The same where the AMI reserves for every pod that prefix delegation allows. */
  readonly fitsAtLeast: number;
  /** Pods of the chart that fit while one node is drained. */
  readonly fitsDuringDrain: number;
}

/** Chart pods on `nodes` nodes of `nodeMib`: what runs once is spread first. */
function countFitting(nodes: number, nodeMib: number, podMib: number): number {
  if (nodes === 0) return 0;
  const free = nodeMib - SYSTEM_PER_NODE_MIB - Math.ceil(SYSTEM_ONCE_MIB / nodes);
  return nodes * Math.max(0, Math.floor(free / podMib));
}

/**
 * Reckons whether the fewest nodes that may be there carry the chart's pods, each counted with its memory limit: a cluster
 * must not lose a server because its neighbours used what they were promised.
 * @returns undefined when no instance type of the environment is known here
 */
export function judgeCapacity(environment: Environment): CapacityVerdict | undefined {
  const { nodes, workload } = environment;
  // With several types any of them may come: the smallest has to do.
  const known = nodes.instanceTypes
    .flatMap((name) => {
      const type = INSTANCE_TYPES[name];
      return type === undefined ? [] : [{ name, ...nodeCapacity(type) }];
    })
    .toSorted((a, b) => a.memoryMib - b.memoryMib);
  const [smallest] = known;
  if (smallest === undefined) return undefined;
  const count = countNodes(environment).min;
  const podMib = workload.serverMemoryMib + workload.agentMemoryMib;
  return {
    instanceType: smallest.name,
    nodes: count,
    nodeMib: smallest.memoryMib,
    leastNodeMib: smallest.leastMemoryMib,
    podMib,
    pods: workload.shards * (1 + workload.replicas),
    workloadMib: workloadMemoryMib(environment),
    systemMib: count * SYSTEM_PER_NODE_MIB + SYSTEM_ONCE_MIB,
    fits: countFitting(count, smallest.memoryMib, podMib),
    fitsAtLeast: countFitting(count, smallest.leastMemoryMib, podMib),
    fitsDuringDrain: countFitting(count - 1, smallest.memoryMib, podMib),
  };
}
