import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { main } from "../../../src/cli/main.js";
import { captureIo, runCli } from "./run-cli.js";
import { makeStoppedCluster } from "./stopped-cluster.js";

describe("help and version", () => {
  it("prints the help on stdout with exit code 0", async () => {
    const { code, stdout, stderr } = await runCli(["--help"]);
    expect(code).toBe(0);
    expect(stderr).toBe("");
    expect(stdout).toMatchInlineSnapshot(`
      "Usage: evenkeel COMMAND [options]

      Keeps a Redis or Valkey Cluster serving through every planned change.

      Options:
        -V, --version                   print the version
        --output <format>               what stdout holds (choices: "text", "json", default: "text")
        --events <file>                 append every event to this file, one JSON object a line
        --name <name>                   name of the cluster (default: "default")
        --platform <platform>           where the cluster runs (default: "local")
        --context <name>                context of the kubeconfig (default: the present one)
        -n, --namespace <name>          namespace of the release (default: the context's)
        --release <name>                Helm release (default: the only one in the namespace)
        --chart <path>                  chart for changes of the release (default: the release's own)
        --helm <path>                   the helm program, 3 or 4 (default: found on PATH)
        --host <host>                   how progress is shown (auto: by where the command runs) (choices:
                                        "auto", "github", "lines", default: "auto")
        --no-color                      no colours (also: NO_COLOR)
        -q, --quiet                     on stderr only warnings and errors
        -h, --help                      print this help

      Commands:
        up [options]                    start a local cluster: formed, healthy, every pod ready
        down [options]                  stop the local cluster; its data stays
        status [options]                shards, roles, versions, slots and lag on one screen
        check <when>                    every health check with its evidence; exit code 3 when one blocks
        plan [options]                  what an upgrade would do, step by step; changes nothing
        upgrade [options]               bring every pod to another engine or version while clients go on;
                                        prints the plan without --execute
        rollback [options]              take the present upgrade back, from whatever step it is in; prints
                                        the plan without --execute
        brake [reason]                  hold a running upgrade before its next step
        release                         let a braked upgrade go on
        place [options]                 hand primaries over until no host and no zone holds a majority of
                                        them; says what it would do without --execute
        load [options]                  put real clients on the cluster, read everything back, report
        demo [options]                  the main job in one go: up, load, upgrade under load, report, down
        pod <action> <pod>              stop, start or restart one pod of the local cluster, as a platform
                                        does it
        add-replica <primary>           start one more replica of a primary
        remove-replica [options] <pod>  stop a replica for good; its data is moved aside; says what it
                                        would do without --execute
        snapshots                       list the snapshots of the cluster, oldest first
        restore [options] <set>         bring a set of snapshots into an empty cluster; says what it would
                                        do without --execute
        prune [options]                 list data that was moved aside; with --execute remove it
        rbac [options]                  print the least rights that an account needs on a release:
                                        evenkeel rbac | kubectl apply -f -
        chart                           help with the Helm chart redis-cluster
        infra                           the ground on AWS: environments, state, policy, cost
        help [command]                  print the help of a command
      "
    `);
  });

  it("prints a command's own help with the flags that every command takes", async () => {
    const { code, stdout } = await runCli(["status", "--help"]);
    expect(code).toBe(0);
    expect(stdout).toMatchInlineSnapshot(`
      "Usage: evenkeel status [options]

      shards, roles, versions, slots and lag on one screen

      Options:
        --watch                 draw it again every second until Ctrl-C
        -h, --help              print this help

      Global Options:
        -V, --version           print the version
        --output <format>       what stdout holds (choices: "text", "json", default: "text")
        --events <file>         append every event to this file, one JSON object a line
        --name <name>           name of the cluster (default: "default")
        --platform <platform>   where the cluster runs (default: "local")
        --context <name>        context of the kubeconfig (default: the present one)
        -n, --namespace <name>  namespace of the release (default: the context's)
        --release <name>        Helm release (default: the only one in the namespace)
        --chart <path>          chart for changes of the release (default: the release's own)
        --helm <path>           the helm program, 3 or 4 (default: found on PATH)
        --host <host>           how progress is shown (auto: by where the command runs) (choices: "auto",
                                "github", "lines", default: "auto")
        --no-color              no colours (also: NO_COLOR)
        -q, --quiet             on stderr only warnings and errors
      "
    `);
  });

  it("prints the version of the package", async () => {
    const { version } = JSON.parse(readFileSync("package.json", "utf8")) as { version: string };
    expect(await runCli(["--version"])).toMatchObject({ code: 0, stdout: `${version}\n`, stderr: "" });
  });
});

describe("bad calls end with exit code 2 and touch nothing", () => {
  it.each([
    ["no command", [], "no command given", "evenkeel --help"],
    ["an unknown command", ["stauts"], "unknown command 'stauts'", "did you mean status? See evenkeel --help"],
    [
      "an unknown flag",
      ["status", "--wach"],
      "unknown option '--wach'",
      "did you mean --watch? See evenkeel status --help",
    ],
    [
      "a flag without its value",
      ["up", "--engine"],
      "option '--engine <engine>' argument missing",
      "evenkeel up --help",
    ],
    ["a missing argument", ["check"], "missing required argument 'when'", "evenkeel check --help"],
    ["a wrong argument", ["check", "now"], "Allowed choices are pre, post", "evenkeel check --help"],
    ["too many arguments", ["status", "all"], "too many arguments for 'status'", "evenkeel status --help"],
    [
      "a number that is none",
      ["up", "--shards", "many"],
      "Expected a whole number from 1 to 100",
      "evenkeel up --help",
    ],
    ["a negative number", ["load", "--rate", "-5"], "Expected a whole number from 1 to 100000", "evenkeel load --help"],
    ["a duration without a unit", ["load", "--for", "10"], "Expected a duration such as 500ms", "evenkeel load --help"],
    ["a name that is a path", ["status", "--name", "../x"], "Expected small letters", "evenkeel status --help"],
    ["an unknown engine", ["up", "--engine", "mysql@8"], "mysql", ""],
    ["another platform", ["status", "--platform", "mars"], "there is no platform mars", "--platform kubernetes"],
    [
      "a flag of Kubernetes without the platform",
      ["status", "--release", "rc"],
      "--release is for clusters on Kubernetes",
      "--platform kubernetes",
    ],
    [
      "a local command on Kubernetes",
      ["up", "--platform", "kubernetes"],
      "evenkeel up is about local clusters",
      "helm install",
    ],
    ["nodes that are too few", ["up", "--nodes", "6", "--replicas", "2"], "6 nodes are not enough", "give --nodes 9"],
    ["a cluster that is not there", ["status"], "there is no cluster default", "evenkeel up"],
    [
      "a password file that is not there",
      ["up", "--password-file", "none"],
      "cannot read the password file",
      "--password-file",
    ],
  ])("%s", async (_name, argv, message, hint) => {
    const { code, stdout, stderr, io } = await runCli(argv);
    expect(stderr).toContain(message);
    expect(stderr).toContain(hint);
    expect(stderr).not.toContain("    at ");
    expect(stdout).toBe("");
    expect(code).toBe(2);
    expect(existsSync(join(io.cwd, ".evenkeel"))).toBe(false);
  });

  it("an error has three parts: what happened, the details, what to type next", async () => {
    const { stderr } = await runCli(["up", "--nodes", "7"]);
    expect(stderr).toMatchInlineSnapshot(`
      "error: 7 nodes are more than are used for 3 shards with 1 replicas each: that makes 6
        next: give --nodes 6, or other --shards and --replicas
      "
    `);
  });

  it("with --output json the same error is an object on stdout", async () => {
    const { code, stdout, stderr } = await runCli(["stauts", "--output", "json"]);
    expect(code).toBe(2);
    expect(stderr).toContain("unknown command");
    expect(JSON.parse(stdout)).toEqual({
      error: {
        code: "UNKNOWN_COMMAND",
        message: "unknown command 'stauts'",
        owner: "user",
        retryable: false,
        hint: "did you mean status? See evenkeel --help",
        details: { suggestion: "status" },
      },
    });
  });

  it("an events file that cannot be written is refused before the command begins", async () => {
    const { code, stderr } = await runCli(["down", "--events", "no/such/folder/run.ndjson"]);
    expect(code).toBe(2);
    expect(stderr).toContain("cannot write events to");
  });
});

describe("a command", () => {
  it("prints its result on stdout and nothing else", async () => {
    expect(await runCli(["down", "--quiet"])).toMatchObject({
      code: 0,
      stdout: "there is no cluster default; nothing to do\n",
      stderr: "",
    });
  });

  it("prints one JSON object with --output json, before or after the command", async () => {
    for (const argv of [
      ["down", "--output", "json"],
      ["--output=json", "down"],
    ]) {
      const { stdout } = await runCli(argv);
      expect(JSON.parse(stdout)).toMatchObject({ result: "done", existed: false, stopped: 0 });
    }
  });

  it("records its run in the events file, readable by its owner only", async () => {
    const { io } = await runCli(["down", "--events", "run.ndjson"]);
    const file = join(io.cwd, "run.ndjson");
    const events = readFileSync(file, "utf8")
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as { code: string; seq: number });
    expect(events.map(({ code }) => code)).toEqual(["RUN_STARTED", "CLUSTER_STOPPED", "RESULT", "RUN_FINISHED"]);
    expect(events.map(({ seq }) => seq)).toEqual([1, 2, 3, 4]);
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  it("refuses load on a cluster whose pods do not run, with exit code 3", async () => {
    const { code, stderr } = await runCli(["load"], { cwd: makeStoppedCluster() });
    expect(stderr).toContain("no pod of default is ready");
    expect(code).toBe(3);
  });

  it("names the pods when one is asked for that is not there", async () => {
    const { code, stderr } = await runCli(["pod", "stop", "blue-9"], { cwd: makeStoppedCluster() });
    expect(stderr).toContain("one of: default-0, default-1");
    expect(code).toBe(2);
  });

  it("says so when the state file is corrupt, and how to get rid of it", async () => {
    const cwd = makeStoppedCluster();
    writeFileSync(join(cwd, ".evenkeel", "clusters", "default", "cluster.json"), "{");
    const { code, stderr } = await runCli(["status"], { cwd });
    expect(stderr).toContain("evenkeel down --name default --purge");
    expect(code).not.toBe(0);
  });

  it("shows a stopped cluster as stopped", async () => {
    const { code, stdout } = await runCli(["status", "--output", "json"], { cwd: makeStoppedCluster("blue"), env: {} });
    expect(code).toBe(2);
    expect(JSON.parse(stdout)).toMatchObject({ error: { code: "CLUSTER_NOT_FOUND" } });
    const named = await runCli(["status", "--name", "blue", "--output", "json"], { cwd: makeStoppedCluster("blue") });
    expect(JSON.parse(named.stdout)).toMatchObject({ cluster: "blue", state: "stopped" });
    expect(named.code).toBe(0);
  });
});

describe("colours", () => {
  const cwd = makeStoppedCluster();
  const ESCAPE = "\u001B[";
  it.each([
    ["a pipe", [], {}, false, false],
    ["a terminal", [], {}, true, true],
    ["a terminal with NO_COLOR", [], { NO_COLOR: "1" }, true, false],
    ["a terminal with --no-color", ["--no-color"], {}, true, false],
    ["a dumb terminal", [], { TERM: "dumb" }, true, false],
    ["a pipe with FORCE_COLOR", [], { FORCE_COLOR: "1" }, false, true],
    ["NO_COLOR and FORCE_COLOR", [], { FORCE_COLOR: "1", NO_COLOR: "1" }, true, false],
  ])("%s", async (_name, flags, env, isTTY, colored) => {
    const { stdout } = await runCli(["status", ...flags], { cwd, env, isTTY });
    expect(stdout.includes(ESCAPE)).toBe(colored);
  });
});

describe("a reader that goes away", () => {
  it("is no crash", async () => {
    const { code, stderr } = await runCli(["down"], { stdoutError: "EPIPE" });
    expect(stderr).toBe("");
    expect(code).toBe(0);
  });

  it("ends status --watch", async () => {
    const { code } = await runCli(["status", "--watch"], { stdoutError: "EPIPE", cwd: makeStoppedCluster() });
    expect(code).toBe(0);
  });

  it("is told from a disk that is full", async () => {
    const { code, stderr } = await runCli(["down"], { stdoutError: "ENOSPC" });
    expect(stderr).toContain("ENOSPC");
    expect(code).toBe(4);
  });
});

describe("Ctrl-C", () => {
  it("ends status --watch with exit code 0 and gives the signals back", async () => {
    const io = captureIo({ cwd: makeStoppedCluster() });
    const ended = main(["status", "--watch"], io);
    await expect.poll(() => io.text.stdout).toContain("cluster default");
    io.send("SIGINT");
    expect(await ended).toBe(0);
    expect(io.text.stderr).toContain("stopping where it is safe");
    expect(io.listeners()).toBe(0);
    expect(io.exits).toEqual([]);
  });

  it("stops a wait with exit code 130, and the second one leaves at once", async () => {
    const io = captureIo({ cwd: makeStoppedCluster() });
    const ended = main(["status", "--watch"], io);
    await expect.poll(() => io.text.stdout).toContain("cluster default");
    io.send("SIGINT");
    io.send("SIGINT");
    expect(io.exits).toEqual([130]);
    await ended;
  });
});
