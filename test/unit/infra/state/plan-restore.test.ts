import { expect, test } from "vitest";
import { planRestore } from "../../../../src/infra/state/plan-restore.js";
import { addressesIn, parseState, type StateFile } from "../../../../src/infra/state/state-file.js";

const state = (serial: number, names: readonly string[], lineage = "one"): StateFile => ({
  version: 4,
  terraform_version: "1.11.4",
  serial,
  lineage,
  resources: names.map((name) => ({ mode: "managed", type: "aws_vpc", name, instances: [{}] })),
});

test("an old version comes back with the next serial, and says what is forgotten and what is known again", () => {
  const plan = planRestore(state(3, ["a", "b"]), state(7, ["b", "c"]));
  expect(plan).toMatchObject({
    forgotten: ["aws_vpc.c"],
    known: ["aws_vpc.a"],
    from: { serial: 7 },
    to: { serial: 3 },
  });
  expect(parseState(plan.text, "x")).toMatchObject({ serial: 8, lineage: "one" });
});

test("a version of another state is refused", () => {
  expect(() => planRestore(state(3, [], "two"), state(7, []))).toThrow("another lineage");
});

test("it comes back also where no state is left", () => {
  expect(parseState(planRestore(state(3, ["a"]), undefined).text, "x").serial).toBe(4);
});

test("addresses carry their module and their key", () => {
  const resources = [
    {
      module: "module.eks",
      mode: "managed",
      type: "aws_eks_addon",
      name: "this",
      instances: [{ index_key: "coredns" }],
    },
  ] as const;
  expect(addressesIn({ resources })).toEqual(['module.eks.aws_eks_addon.this["coredns"]']);
  expect(() => parseState("<html>", "version 1")).toThrow("version 1 is no Terraform state");
});
