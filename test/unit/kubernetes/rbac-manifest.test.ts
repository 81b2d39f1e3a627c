import { describe, expect, it } from "vitest";
import { runCli } from "../cli/run-cli.js";

describe("evenkeel rbac", () => {
  it("prints an account with its rights in the namespace of the release, and none on everything", async () => {
    const { code, stdout } = await runCli(["rbac", "--namespace", "shop", "--release", "rc", "--output", "json"]);
    expect(code).toBe(0);
    const { items } = JSON.parse(stdout) as {
      items: { kind: string; metadata: object; rules?: { verbs: string[] }[] }[];
    };
    expect(items.map(({ kind }) => kind)).toEqual([
      "ServiceAccount",
      "Role",
      "RoleBinding",
      "ClusterRole",
      "ClusterRoleBinding",
    ]);
    expect(items[1]?.metadata).toMatchObject({ name: "evenkeel", namespace: "shop" });
    expect(stdout).not.toContain('"*"');
    const wide = items[3]?.rules?.flatMap(({ verbs }) => verbs) ?? [];
    expect(wide).not.toContain("create");
    expect(wide).not.toContain("delete");
  });

  it("prints YAML that kubectl takes, one document an object", async () => {
    const { stdout } = await runCli(["rbac", "-n", "shop"]);
    expect(stdout.match(/^---$/gm)).toHaveLength(4);
    expect(stdout).toContain("kind: ServiceAccount\nmetadata:\n  name: evenkeel\n  namespace: shop\n");
  });
});
