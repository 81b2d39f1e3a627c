import { expect, test } from "vitest";
import { faultOf, parse, readText } from "../fixtures/environment-file.js";

test("a short file is enough; everything else has a default", () => {
  const { file } = parse();
  expect(file.state).toMatchObject({ region: "us-east-1", table: "terraform-locks", lock: "both", oldVersionDays: 90 });
  expect(file.environments["demo"]).toMatchObject({ kubernetesVersion: "1.36", nodes: { count: { min: 2, max: 4 } } });
});

test.each([
  [
    "an unknown key, with the nearest name",
    "    vpcCdir: 10.0.0.0/16",
    'line 9, environments.demo.vpcCdir: there is no key "vpcCdir"; did you mean vpcCidr?',
  ],
  [
    "a wrong value",
    "    nodes: { diskGib: 5 }",
    "line 9, environments.demo.nodes.diskGib: found 5, allowed is a whole number of GiB from 20 to 16384",
  ],
  [
    "a network that is too small for the subnets",
    "    vpcCidr: 10.0.0.0/21",
    "10.0.0.0/21 is too small for the subnets; allowed is /16 to /20",
  ],
  [
    "a network that does not begin where it should",
    "    vpcCidr: 10.0.1.0/16",
    "10.0.1.0/16 does not begin where its network does; write 10.0.0.0/16",
  ],
  ["Services inside the VPC", "    vpcCidr: 172.20.0.0/16", "172.20.0.0/16 overlaps the VPC's 172.20.0.0/16"],
  [
    "a reserved network inside the VPC",
    "    reservedCidrs: [10.0.128.0/24]",
    "10.0.0.0/16 overlaps the reserved network 10.0.128.0/24",
  ],
  ["a zone of another region", "    zones: [us-east-1a, eu-west-1b]", "eu-west-1b is no zone of us-east-1"],
  [
    "a zone that does not exist",
    "    region: eu-west-1\n    zones: [eu-west-1a, eu-west-1d]",
    "eu-west-1 has no zone eu-west-1d",
  ],
  ["one zone twice", "    zones: [us-east-1a, us-east-1a]", "us-east-1a is named twice"],
  [
    "nodes too small for the chart",
    "    nodes: { instanceTypes: [t3.small] }",
    "not enough memory: 6 pods of 640 MiB and 1220 MiB of the system on 2 x t3.small",
  ],
  ["counts that fall", "    nodes: { count: { min: 3, desired: 2 } }", "min 3, desired 2 and max 4 must not fall"],
  [
    "two architectures in one group",
    "    nodes: { instanceTypes: [t3.large, t4g.large] }",
    "one group cannot mix architectures",
  ],
  ["a version out of support", '    kubernetesVersion: "1.34"', 'found "1.34", allowed is "1.35" or "1.36", in quotes'],
  ["a number where a version is wanted", "    kubernetesVersion: 1.36", "found 1.36, allowed is"],
  ["a retention that CloudWatch does not know", "    logRetentionDays: 8", "found 8, allowed is one of 1, 3, 5, 7"],
])("refuses %s", (_what, lines, sentence) => {
  expect(faultOf(lines)).toContain(sentence);
});

test("refuses a public endpoint that is open to nobody or to everybody", () => {
  const text = (cidrs: string): string =>
    `version: 1\nstate: { bucket: abc }\nenvironments:\n  demo:\n    kind: demo\n    installInCluster: false\n    endpoint: { cidrs: ${cidrs} }\n`;
  expect(() => readText(text("[]"))).toThrow("the public endpoint needs the networks");
  expect(() => readText(text("[0.0.0.0/0]"))).toThrow("0.0.0.0/0 is nearly everybody");
});

test("tells all faults at once, each with its line", () => {
  const text = "version: 1\nstate: { bucket: A }\nenvironments:\n  demo: { kind: demmo }\n";
  expect(() => readText(text)).toThrow(/line 2, state\.bucket.*line 4, environments\.demo\.kind/u);
});

test("says where YAML itself is wrong", () => {
  expect(() => readText("version: 1\nstate: [\n")).toThrow(/line 3, YAML/u);
});

test("refuses two environments in one root, and waivers for what does not exist", () => {
  const second = "  other:\n    kind: demo\n    endpoint: { public: false }\n    installInCluster: false";
  expect(faultOf("", second)).toContain("infra/environments/demo is the root of demo already");
  const waiver = "waivers: [{ rule: tags, environment: prod, reason: because it is so, until: 2027-01-01 }]";
  expect(faultOf("", waiver)).toContain("there is no environment prod; there are: demo");
});

test("a waiver needs a reason and a date", () => {
  const fault = faultOf("", "waivers: [{ rule: tags, reason: short }]");
  expect(fault).toContain('waivers[0].reason: found "short"');
  expect(fault).toContain("waivers[0].until: missing; wanted is a date such as 2027-01-31");
});
