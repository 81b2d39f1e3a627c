import { expect, test } from "vitest";
import { parsePlan, type PlanJson, type ResourceChange } from "../../../../src/infra/plan/plan-json.js";
import { summarizePlan } from "../../../../src/infra/plan/summarize-plan.js";
import { change, readPlan } from "../fixtures/plans.js";

const planOf = (...resources: readonly ResourceChange[]): PlanJson => ({
  format_version: "1.2",
  resource_changes: resources,
});

test("a first plan creates and takes nothing down", () => {
  const summary = summarizePlan(readPlan("demo"));
  expect(summary).toMatchObject({ created: 57, changed: 0, replaced: 0, destroyed: 0, consequences: [] });
});

test.each([
  [
    "a replaced node group",
    change("aws_eks_node_group", ["create", "delete"]),
    "down",
    "drained and removed as a group",
  ],
  [
    "a node group of another version",
    change("aws_eks_node_group", ["update"], { before: { version: "1.35" }, after: { version: "1.36" } }),
    "move",
    "one at a time",
  ],
  ["a replaced NAT gateway", change("aws_nat_gateway", ["delete", "create"]), "down", "the way out"],
  ["a destroyed cluster", change("aws_eks_cluster", ["delete"]), "data", "everything in it is lost"],
  [
    "a newer control plane",
    change("aws_eks_cluster", ["update"], { before: { version: "1.35" }, after: { version: "1.36" } }),
    "open",
    "from 1.35 to 1.36: no way back",
  ],
  [
    "another network plugin",
    change("aws_eks_addon", ["update"], {
      before: { addon_name: "vpc-cni", addon_version: "1" },
      after: { addon_name: "vpc-cni", addon_version: "2" },
    }),
    "open",
    "running pods keep their network",
  ],
  ["a destroyed log group", change("aws_cloudwatch_log_group", ["delete"]), "data", "logs kept so far are lost"],
  [
    "a changed machine template",
    change("aws_launch_template", ["update"], { after: { name: "b" } }),
    "move",
    "one at a time",
  ],
])("%s is told with what it means", (_what, resource, impact, sentence) => {
  const [entry] = summarizePlan(planOf(resource)).consequences;
  expect(entry?.consequence?.impact).toBe(impact);
  expect(entry?.consequence?.text).toContain(sentence);
});

test("more nodes in a group and unchanged things have no consequence", () => {
  const more = change("aws_eks_node_group", ["update"], {
    before: { scaling_config: [{ max_size: 4 }] },
    after: { scaling_config: [{ max_size: 6 }] },
  });
  const summary = summarizePlan(planOf(more, change("aws_vpc", ["no-op"])));
  expect(summary).toMatchObject({ changed: 1, consequences: [] });
  expect(summary.entries[0]?.changed).toEqual(["scaling_config"]);
});

test("the worst comes first, and a replacement says what forces it", () => {
  const subnet = change("aws_subnet", ["delete", "create"], {
    before: { cidr_block: "a" },
    after: { cidr_block: "b" },
    replace_paths: [["cidr_block"]],
  });
  const summary = summarizePlan(planOf(subnet, change("aws_kms_key", ["delete"])));
  expect(summary.worst).toBe("data");
  expect(summary.consequences.map(({ type }) => type)).toEqual(["aws_kms_key", "aws_subnet"]);
  expect(summary.consequences[1]).toMatchObject({ because: ["cidr_block"], createdFirst: false });
});

test("only names of attributes are told, never values", () => {
  const secret = change("aws_db_instance", ["update"], {
    before: { password: "hunter1" },
    after: { password: "hunter2" },
  });
  expect(JSON.stringify(summarizePlan(planOf(secret)))).not.toContain("hunter");
});

test("what is no plan is refused", () => {
  expect(() => parsePlan("{}")).toThrow("its format is not named");
  expect(() => parsePlan("╷")).toThrow("it is not JSON");
});
