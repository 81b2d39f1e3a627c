import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { chooseHost } from "../../../src/hosts/choose-host.js";
import { createGithubHost } from "../../../src/hosts/github.js";
import type { Host } from "../../../src/hosts/host.js";
import type { Event } from "../../../src/ports/event-sink.js";
import { eventAt } from "../events/events.js";

let folder: string;
let summaryFile: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "evenkeel-github-"));
  summaryFile = join(folder, "summary.md");
  writeFileSync(summaryFile, "# the step before\n");
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function start(): { readonly host: Host; readonly written: string[] } {
  const written: string[] = [];
  const stream = { write: (text: string) => written.push(text) };
  const host = createGithubHost(stream, { env: { GITHUB_ACTIONS: "true", GITHUB_STEP_SUMMARY: summaryFile } });
  return { host, written };
}

function log(...events: readonly Event[]): readonly string[] {
  const started = start();
  for (const event of events) started.host.notify(event);
  started.host.close();
  return started.written;
}

function summarize(...events: readonly Event[]): string {
  const { host } = start();
  for (const event of events) host.notify(event);
  host.close();
  return readFileSync(summaryFile, "utf8");
}

const ended = (exitCode: number, atMs = 60_000): Event =>
  eventAt(atMs, "RUN_FINISHED", { command: "upgrade", exitCode, durationMs: atMs });

const finding = (id: string, severity: "block" | "warn", status: "pass" | "fail" = "fail"): Event =>
  eventAt(
    0,
    "CHECK_FINDING",
    { id, status, severity, evidence: `${id} is seen` },
    { message: `${id}: fail: ${id} is seen` },
  );

describe("the log of a GitHub job", () => {
  it("folds each phase, and is never folded in a fold", () => {
    expect(
      log(
        eventAt(0, "PHASE_STARTED", { phase: "canary" }, { message: "canary" }),
        eventAt(1000, "NOTICE", {}, { message: "inside" }),
        eventAt(
          2000,
          "PHASE_FINISHED",
          { phase: "canary", outcome: "passed", durationMs: 2000 },
          { message: "canary" },
        ),
        eventAt(3000, "PHASE_STARTED", { phase: "soak" }, { message: "soak" }),
        eventAt(4000, "PHASE_STARTED", { phase: "commit" }, { message: "commit" }),
      ),
    ).toEqual([
      "::group::canary\n",
      "03:04:06 inside\n",
      "::endgroup::\n",
      "03:04:07 canary\n",
      "::group::soak\n",
      "::endgroup::\n",
      "::group::commit\n",
      "::endgroup::\n",
    ]);
  });

  it("makes a note of every check that failed, by its severity, and of none that passed", () => {
    expect(
      log(finding("slots.covered", "block"), finding("save.running", "warn"), finding("a", "block", "pass")),
    ).toEqual([
      "::error title=check slots.covered::slots.covered: fail: slots.covered is seen\n",
      "::warning title=check save.running::save.running: fail: save.running is seen\n",
    ]);
  });

  it("makes a note of an error also after the result was printed, for that is when errors come", () => {
    const { host, written } = start();
    host.close();
    const data = { code: "HARD_LIMIT", owner: "environment", retryable: false } as const;
    host.notify(eventAt(0, "ERROR", data, { message: "3 commands failed" }));
    host.notify(eventAt(0, "NOTICE", {}, { message: "no line after the end" }));
    expect(written).toEqual(["::error title=HARD_LIMIT::3 commands failed\n"]);
  });

  it("stops at ten notes of a kind, which is where GitHub stops too, and says so in the last", () => {
    const notes = log(...Array.from({ length: 14 }, (_, i) => finding(`check-${i}`, "block")));
    expect(notes).toHaveLength(10);
    expect(notes.at(-1)).toContain("more may follow");
  });

  it("escapes what would end a command early, and disarms commands that come from elsewhere", () => {
    const lines = log(
      eventAt(0, "WARNING", {}, { message: "100% full\nnext" }),
      eventAt(0, "NOTICE", {}, { message: "##[add-path]/tmp ::set-output name=a::b" }),
    );
    expect(lines[0]).toBe("::warning title=WARNING::100%25 full next\n");
    expect(lines[1]).toBe("03:04:05 ## [add-path]/tmp ::set-output name=a::b\n");
  });
});

describe("a secret", () => {
  it("is masked by the runner and left out of log, notes and summary by ourselves", () => {
    const { host, written } = start();
    host.mask?.("hunter2hunter2");
    host.mask?.("hunter2hunter2");
    host.notify(eventAt(0, "NOTICE", {}, { message: "AUTH hunter2hunter2 refused" }));
    host.notify(
      eventAt(0, "UPGRADE_STOPPED", { phase: "canary", reason: "hunter2hunter2" }, { message: "hunter2hunter2" }),
    );
    host.close();
    host.notify(ended(1));
    expect(written[0]).toBe("::add-mask::hunter2hunter2\n");
    expect(written.slice(1).join("")).not.toContain("hunter2");
    expect(written.slice(1).join("")).toContain("AUTH *** refused");
    expect(readFileSync(summaryFile, "utf8")).not.toContain("hunter2");
  });

  it("is never printed as a mask where no runner would take it away", () => {
    const written: string[] = [];
    const host = createGithubHost({ write: (text: string) => written.push(text) }, { env: {} });
    host.mask?.("hunter2hunter2");
    host.notify(eventAt(0, "NOTICE", {}, { message: "hunter2hunter2" }));
    expect(written).toEqual(["03:04:05 ***\n"]);
  });
});

describe("the summary of a GitHub job", () => {
  const shards = [
    {
      slots: "0-8191",
      pods: [
        { pod: "rc-0", role: "primary" as const, engine: "redis", version: "7.0", ready: true },
        { pod: "rc-2", role: "replica" as const, engine: "redis", version: "7.0", ready: true },
      ],
    },
    {
      slots: "8192-16383",
      pods: [{ pod: "rc-1", role: "primary" as const, engine: "redis", version: "7.0", ready: true }],
    },
  ];
  const swapped = shards.map((shard) => ({ ...shard, pods: shard.pods.toReversed() }));
  const upgrade = [
    eventAt(0, "RUN_STARTED", { command: "upgrade", version: "0.1.0", processId: 1 }),
    eventAt(0, "PLAN_MADE", { from: "redis@7.0", to: "redis@8.0", phases: ["replicas", "hand over", "commit"] }),
    eventAt(0, "TOPOLOGY", { shards }),
    eventAt(9000, "STEP_FINISHED", { step: "replicas/roll/rc-1", pod: "rc-1", outcome: "passed", durationMs: 4000 }),
    eventAt(4000, "STEP_FINISHED", { step: "replicas/roll/rc-2", pod: "rc-2", outcome: "passed", durationMs: 4000 }),
    eventAt(5000, "PHASE_FINISHED", { phase: "replicas", outcome: "passed", durationMs: 5000 }),
    eventAt(7000, "HANDOVER_FINISHED", {
      from: "rc-0",
      to: "rc-2",
      outcome: "done",
      attempts: 1,
      timings: {},
      durationMs: 1500,
    }),
    eventAt(7000, "STEP_FINISHED", { step: "hand over/hand-over/0", pod: "rc-0", outcome: "passed", durationMs: 1600 }),
    eventAt(7500, "TOPOLOGY", { shards: swapped }),
  ];

  it("is added below what is there, with the phases and what was done to each shard in order", () => {
    const text = summarize(
      ...upgrade,
      eventAt(9000, "RESULT", { result: { commands: 12_345, failed: 0, lost: 0, longestStallMs: 43 } }),
      ended(0),
    );
    expect(text).toMatch(/^# the step before\n## ✅ evenkeel upgrade redis&#64;7\.0 → redis&#64;8\.0\n/u);
    expect(text).toContain("| 12,345 | 0 | 0 | 43 ms |");
    expect(text).toContain("| replicas | ✅ | 5.0 s |");
    const rows = text.split("\n").filter((line) => / \| rc-\d \| /u.test(line));
    expect(rows).toEqual([
      "| 0-8191 | rc-2 | replicas/roll/rc-2 | 0 ms | 4.0 s | ✅ |",
      "| 0-8191 | rc-0 | hand-over to rc-2 | 5.5 s | 1.5 s | ✅ |",
      "| 8192-16383 | rc-1 | replicas/roll/rc-1 | 5.0 s | 4.0 s | ✅ |",
    ]);
  });

  it("draws the same as a chart that GitHub renders, a section for each shard", () => {
    const chart = /```mermaid\n([\s\S]*?)\n```/u.exec(summarize(...upgrade, ended(0)))?.[1];
    expect(chart?.split("\n")).toEqual([
      "gantt",
      "  dateFormat x",
      "  axisFormat %M:%S",
      "  section slots 0-8191",
      "  rc-2 replicas/roll/rc-2 :0, 4000",
      "  rc-0 hand-over to rc-2 :active, 5500, 7000",
      "  section slots 8192-16383",
      "  rc-1 replicas/roll/rc-1 :5000, 9000",
    ]);
  });

  it("says why a run failed and what was seen, with nothing in it that Markdown would act on", () => {
    const text = summarize(
      eventAt(0, "RUN_STARTED", { command: "check", version: "0.1.0", processId: 1 }),
      eventAt(0, "CHECK_FINDING", {
        id: "slots.covered",
        status: "fail",
        severity: "block",
        evidence: "<img src=x> | [a](b) @all",
      }),
      eventAt(0, "ERROR", { code: "X", owner: "bug", retryable: false }, { message: "it broke" }),
      ended(3),
    );
    expect(text).toContain("## ❌ evenkeel check");
    expect(text).toContain("> it broke");
    expect(text).toContain("| slots.covered | block | &lt;img src=x> &#124; &#91;a&#93;(b) &#64;all |");
  });

  it("is not written by a command that has nothing to tell", () => {
    expect(summarize(eventAt(0, "RUN_STARTED", { command: "brake", version: "0", processId: 1 }), ended(0))).toBe(
      "# the step before\n",
    );
  });
});

describe("the host", () => {
  const write = (): unknown => undefined;
  const noteOf = async (host: "auto" | "github" | "lines", env: Record<string, string>): Promise<string> => {
    const written: string[] = [];
    const stream = { write: (text: string) => written.push(text) };
    const chosen = await chooseHost(stream, { env, color: false, quiet: true, host });
    chosen.notify(eventAt(0, "WARNING", {}, { message: "look" }));
    return written.join("");
  };

  it("is GitHub's inside a GitHub job or when asked for, and plain lines when those are asked for", async () => {
    expect(await noteOf("auto", { GITHUB_ACTIONS: "true" })).toBe("::warning title=WARNING::look\n");
    expect(await noteOf("github", {})).toBe("::warning title=WARNING::look\n");
    expect(await noteOf("lines", { GITHUB_ACTIONS: "true" })).toBe("03:04:05 warning: look\n");
    expect(await noteOf("auto", {})).toBe("03:04:05 warning: look\n");
  });

  it("leaves no listener behind when its run is over", async () => {
    const before = process.listenerCount("exit");
    const host = await chooseHost({ write }, { env: {}, color: false, quiet: true, host: "github" });
    host.notify(ended(0));
    host.close();
    expect(process.listenerCount("exit")).toBe(before);
  });
});
