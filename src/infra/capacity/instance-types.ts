/** What one instance type offers. */
export interface InstanceType {
  readonly vcpu: number;
  /** As AWS sells it, MiB. */
  readonly memoryMib: number;
  /** Network interfaces, and IPv4 addresses on each: together they bound the pods of a node. */
  readonly interfaces: number;
  readonly addressesPerInterface: number;
  readonly arch: "amd64" | "arm64";
}

const GIB = 1024;
type Size = readonly [name: string, vcpu: number, interfaces: number, addresses: number];

const BURSTABLE: readonly (readonly [...Size, memoryGib: number])[] = [
  ["small", 2, 3, 4, 2],
  ["medium", 2, 3, 6, 4],
  ["large", 2, 3, 12, 8],
  ["xlarge", 4, 4, 15, 16],
  ["2xlarge", 8, 4, 15, 32],
];
const FIXED: readonly Size[] = [
  ["large", 2, 3, 10],
  ["xlarge", 4, 4, 15],
  ["2xlarge", 8, 4, 15],
  ["4xlarge", 16, 8, 30],
];
/** GiB of memory for each vCPU. */
const FAMILIES: readonly (readonly [families: string, gibPerVcpu: number, arch: InstanceType["arch"]])[] = [
  ["c5 c6i c7i", 2, "amd64"],
  ["c6g c7g", 2, "arm64"],
  ["m5 m6i m6a m7i", 4, "amd64"],
  ["m6g m7g", 4, "arm64"],
  ["r5 r6i r6a r7i", 8, "amd64"],
  ["r6g r7g", 8, "arm64"],
];

function* listTypes(): Generator<readonly [string, InstanceType]> {
  for (const family of ["t3", "t3a", "t4g"])
    for (const [size, vcpu, interfaces, addressesPerInterface, gib] of BURSTABLE) {
      const arch = family === "t4g" ? "arm64" : "amd64";
      // t3a.small has one interface less than its siblings.
      const count = family === "t3a" && size === "small" ? 2 : interfaces;
      yield [`${family}.${size}`, { vcpu, memoryMib: gib * GIB, interfaces: count, addressesPerInterface, arch }];
    }
  for (const [families, gibPerVcpu, arch] of FAMILIES)
    for (const family of families.split(" "))
      for (const [size, vcpu, interfaces, addressesPerInterface] of FIXED) {
        const memoryMib = vcpu * gibPerVcpu * GIB;
        yield [`${family}.${size}`, { vcpu, memoryMib, interfaces, addressesPerInterface, arch }];
      }
}

/** The instance types whose size is known here. */
export const INSTANCE_TYPES: Readonly<Record<string, InstanceType>> = Object.fromEntries(listTypes());
