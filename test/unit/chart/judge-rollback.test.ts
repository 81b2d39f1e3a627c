import { describe, expect, it } from "vitest";
import { judgeRollback, type RunningServer } from "../../../src/chart/guard/judge-rollback.js";
import type { EngineSpec } from "../../../src/cluster/engines.js";

const server = (pod: string, spec: Partial<RunningServer> & Pick<RunningServer, "version">): RunningServer => ({
  pod,
  nodeId: `id-${pod}`,
  engine: "redis",
  role: "primary",
  slots: 5461,
  ...spec,
});

const replica = (
  pod: string,
  of: string,
  spec: Partial<RunningServer> & Pick<RunningServer, "version">,
): RunningServer => server(pod, { role: "replica", primaryId: `id-${of}`, slots: 0, primaryLinkUp: true, ...spec });

/** Two shards; each pair of versions is primary, replica. */
const cluster = (first: readonly [string, string], second: readonly [string, string]): RunningServer[] => [
  server("rc-0", { version: first[0] }),
  replica("rc-2", "rc-0", { version: first[1] }),
  server("rc-1", { version: second[0] }),
  replica("rc-3", "rc-1", { version: second[1] }),
];

const SEVEN: EngineSpec = { engine: "redis", version: "7.0" };

describe("a rollback of the chart", () => {
  it("may go on while every shard keeps a copy of the former version in step", () => {
    const { allowed, reason } = judgeRollback(SEVEN, cluster(["8.0.6", "7.0.15"], ["7.0.15", "8.0.6"]));
    expect(allowed).toBe(true);
    expect(reason).toContain("every shard has a copy on redis@7.0");
  });

  it("is refused when one shard has no such copy, and names it", () => {
    const { allowed, reason } = judgeRollback(SEVEN, cluster(["8.0.6", "7.0.15"], ["8.0.6", "8.0.6"]));
    expect(allowed).toBe(false);
    expect(reason).toContain("point of no return");
    expect(reason).toContain("the shard of rc-1");
    expect(reason).not.toContain("rc-0");
  });

  it("does not count a copy whose link is down: what was written since is not in it", () => {
    const servers = [
      server("rc-0", { version: "8.0.6" }),
      replica("rc-1", "rc-0", { version: "7.0.15", primaryLinkUp: false }),
    ];
    expect(judgeRollback(SEVEN, servers).allowed).toBe(false);
  });

  it("does not count a copy of another shard", () => {
    const servers = [server("rc-0", { version: "8.0.6" }), replica("rc-1", "rc-9", { version: "7.0.15" })];
    expect(judgeRollback(SEVEN, servers).allowed).toBe(false);
  });

  it("may always go on between patch releases, which read each other's files", () => {
    const verdict = judgeRollback(
      { engine: "redis", version: "8.0.3" },
      cluster(["8.0.6", "8.0.6"], ["8.0.6", "8.0.6"]),
    );
    expect(verdict.allowed).toBe(true);
  });

  it("of settings alone finds its own version everywhere", () => {
    expect(judgeRollback(SEVEN, cluster(["7.0.15", "7.0.15"], ["7.0.15", "7.0.15"])).allowed).toBe(true);
  });

  it("is refused where nobody knows the pair of versions", () => {
    const verdict = judgeRollback({ engine: "redis", version: "6.0" }, cluster(["8.0.6", "8.0.6"], ["8.0.6", "8.0.6"]));
    expect(verdict).toMatchObject({ allowed: false, reason: expect.stringContaining("nobody has tried") });
  });

  it("is a rescue where nothing answers, and nothing stands in its way", () => {
    expect(judgeRollback(SEVEN, []).allowed).toBe(true);
  });

  it("leaves a primary without slots out: it holds no data that could be lost", () => {
    const servers = [
      ...cluster(["7.0.15", "7.0.15"], ["7.0.15", "7.0.15"]),
      server("rc-4", { version: "8.0.6", slots: 0 }),
    ];
    expect(judgeRollback(SEVEN, servers).allowed).toBe(true);
  });
});
