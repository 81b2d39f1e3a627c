import type { InstanceType } from "./instance-types.js";

/** Share of the sold memory that firmware and kernel keep; Karpenter reckons with the same 7.5 %. */
const KERNEL_SHARE = 0.075;
/** What Amazon Linux 2023 (nodeadm) has the kubelet reserve: a base, and as much again for each pod that may run. */
const KUBELET_BASE_MIB = 255;
const KUBELET_PER_POD_MIB = 11;
/** The kubelet evicts pods when less than this is free. */
const EVICTION_MIB = 100;
/** CPU that nodeadm reserves of the 1st, 2nd, 3rd and 4th, and every further core, in thousandths of a core. */
const RESERVED_OF_CORE = [60, 10, 5, 5];
const RESERVED_OF_FURTHER_CORE = 2.5;
/** EKS caps the pods of smaller machines here. */
const MAX_PODS_BELOW_30_VCPU = 110;
const MAX_PODS = 250;
/** Addresses of one prefix. */
const PREFIX_SIZE = 16;

/** What pods may use of one node. */
export interface NodeCapacity {
  /** Pods that the network allows with one address each. */
  readonly podsByAddress: number;
  /** Pods that it allows with prefix delegation. */
  readonly podsByPrefix: number;
  /** CPU for pods, in thousandths of a core. */
  readonly cpuMilli: number;
  /** MiB for pods where the AMI reserves for `podsByAddress`, as Amazon Linux 2023 does. */
  readonly memoryMib: number;
  /** MiB for pods where the AMI reserves for `podsByPrefix`: newer node programs and Bottlerocket do. */
  readonly leastMemoryMib: number;
}

/** What is left of a machine for pods, after kernel, kubelet and the room that the kubelet keeps before it evicts. */
export function nodeCapacity(type: InstanceType): NodeCapacity {
  const { vcpu, memoryMib, interfaces, addressesPerInterface } = type;
  const slots = interfaces * (addressesPerInterface - 1);
  const podsByAddress = slots + 2;
  const most = vcpu < 30 ? MAX_PODS_BELOW_30_VCPU : MAX_PODS;
  const podsByPrefix = Math.min(most, slots * PREFIX_SIZE + 2);
  const seenMib = Math.floor(memoryMib * (1 - KERNEL_SHARE));
  const reserve = (pods: number): number => KUBELET_BASE_MIB + KUBELET_PER_POD_MIB * pods + EVICTION_MIB;
  const reservedMilli =
    RESERVED_OF_CORE.slice(0, vcpu).reduce((sum, part) => sum + part, 0) +
    Math.max(0, vcpu - RESERVED_OF_CORE.length) * RESERVED_OF_FURTHER_CORE;
  return {
    podsByAddress,
    podsByPrefix,
    cpuMilli: Math.floor(vcpu * 1000 - reservedMilli),
    memoryMib: Math.max(0, seenMib - reserve(podsByAddress)),
    leastMemoryMib: Math.max(0, seenMib - reserve(podsByPrefix)),
  };
}
