import { expect, test } from "vitest";
import { INSTANCE_TYPES } from "../../../../src/infra/capacity/instance-types.js";
import { judgeCapacity } from "../../../../src/infra/capacity/judge-capacity.js";
import { nodeCapacity } from "../../../../src/infra/capacity/node-capacity.js";
import { environment, parse } from "../fixtures/environment-file.js";

const capacityOf = (name: string) => {
  const type = INSTANCE_TYPES[name];
  if (type === undefined) throw new Error(`unknown ${name}`);
  return nodeCapacity(type);
};

test.each([
  ["t3.small", 11, 110],
  ["t3.medium", 17, 110],
  ["t3.large", 35, 110],
  ["t3a.small", 8, 98],
  ["m7i.large", 29, 110],
  ["r7g.2xlarge", 58, 110],
  ["m6i.4xlarge", 234, 110],
])("%s runs %i pods by its addresses and %i by prefixes", (name, byAddress, byPrefix) => {
  const capacity = capacityOf(name);
  expect(capacity.podsByAddress).toBe(byAddress);
  expect(capacity.podsByPrefix).toBe(byPrefix);
});

test("a t3.medium leaves 3.2 GiB for pods, and a GiB less where the AMI reserves for all prefix pods", () => {
  // 4096 - 7.5 % - 255 - 11 x 17 - 100, and with 11 x 110.
  expect(capacityOf("t3.medium")).toMatchObject({ memoryMib: 3246, leastMemoryMib: 2223, cpuMilli: 1930 });
});

test("the default chart fits two t3.medium, but not while one of them is drained", () => {
  expect(judgeCapacity(environment())).toMatchObject({
    nodes: 2,
    pods: 6,
    podMib: 640,
    fits: 8,
    fitsAtLeast: 4,
    fitsDuringDrain: 3,
  });
  const said = parse().notices.map(({ message }) => message);
  expect(said.some((message) => message.startsWith("memory is tight"))).toBe(true);
  expect(said.some((message) => message.includes("3 of 6 pods fit on the others"))).toBe(true);
});

test("three t3.medium carry the default chart even while one is drained", () => {
  const { notices } = parse("    nodes: { count: { min: 3, desired: 3 } }");
  expect(notices.filter(({ message }) => message.includes("drained"))).toEqual([]);
});

test("of several instance types the smallest counts; an unknown one is told", () => {
  expect(judgeCapacity(environment("    nodes: { instanceTypes: [t3.large, t3.medium] }"))?.instanceType).toBe(
    "t3.medium",
  );
  const { notices } = parse("    nodes: { instanceTypes: [u7i-6tb.112xlarge] }");
  expect(notices.map(({ message }) => message)).toContain(
    "the size of u7i-6tb.112xlarge is not known here and not checked",
  );
});
