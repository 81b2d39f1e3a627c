import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { join } from "node:path";
import { afterAll, afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Ended, makeFolder, runEvenkeel } from "./support/run-evenkeel.js";
import { processesUnder } from "../support/processes-under.js";

let cwd: string;
beforeEach(() => {
  cwd = makeFolder();
});
afterEach(() => {
  const left = processesUnder(cwd);
  rmSync(cwd, { recursive: true, force: true });
  if (left.length > 0) throw new Error(`processes were left: ${left.join("; ")}`);
});

const STATE = ".evenkeel";
const run = (argv: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Ended> =>
  runEvenkeel(argv, { cwd, env });

/** Refused in words that people understand, with the next command, and nothing on stdout. */
function expectRefusal(ended: Ended, code: number, message: RegExp, next: RegExp): void {
  expect(ended.stderr).toMatch(message);
  expect(ended.stderr).toMatch(next);
  expect(ended.stderr).not.toMatch(/internal error|^ {4}at /m);
  expect(ended.stdout).toBe("");
  expect(ended.code).toBe(code);
}

describe("what cannot be understood is refused with exit code 2 and leaves no folder", () => {
  it.each([
    ["an unknown engine", ["up", "--engine", "mysql@8"], /"mysql@8" is no engine/, /next: .*redis@7\.0.*valkey@9/],
    ["an engine without a version", ["up", "--engine", "redis"], /"redis" is no engine/, /next: .*redis@VERSION/],
    ["an unknown command", ["upgarde"], /unknown command 'upgarde'/, /next: did you mean upgrade\?/],
    ["an unknown flag", ["up", "--shard", "3"], /unknown option '--shard'/, /next: did you mean --shards\?/],
    ["too few nodes", ["up", "--nodes", "8", "--replicas", "2"], /8 nodes are not enough/, /next: give --nodes 9/],
    ["too few shards", ["up", "--shards", "2"], /2 shards cannot elect/, /next: give --shards 3/],
    ["a subnet that is not loopback", ["up", "--subnet", "10.0.0"], /"10\.0\.0" is no loopback/, /next: .*127\.x\.y/],
    [
      "everybody's loopback",
      ["up", "--subnet", "127.0.0"],
      /"127\.0\.0" is no loopback/,
      /next: .*--subnet 127\.80\.1/,
    ],
    ["an unknown target of an upgrade", ["upgrade", "--to", "8.0"], /there is no cluster/, /next: .*evenkeel up/],
  ])("%s", async (_name, argv, message, next) => {
    expectRefusal(await run(argv), 2, message, next);
    expect(readdirSync(cwd)).toEqual([]);
  });
});

describe("what this machine cannot give is refused, and nothing half-done is left", () => {
  it("a version that nobody has: it says which can be had", async () => {
    const ended = await run(["up", "--engine", "redis@99"]);
    expectRefusal(ended, 3, /redis@99 was not found\. Looked in /, /next: ask for one that is there \(.*redis@7\.0/);
    expect(readdirSync(cwd)).toEqual([]);
  });

  it("a folder that cannot be written, because a file stands in its way", async () => {
    writeFileSync(join(cwd, "file"), "");
    const ended = await run(["up"], { EVENKEEL_HOME: "file/below" });
    expectRefusal(ended, 3, /cannot write to .*file\/below.*ENOTDIR/, /next: .*EVENKEEL_HOME=FOLDER evenkeel up/);
    expect(readdirSync(cwd)).toEqual(["file"]);
    expectRefusal(await run(["status"], { EVENKEEL_HOME: "file/below" }), 2, /there is no cluster default/, /next: /);
  });

  it("a state file that cannot be read", async () => {
    const file = join(cwd, STATE, "clusters", "default", "cluster.json");
    mkdirSync(file, { recursive: true });
    for (const argv of [["up"], ["status"]])
      expectRefusal(await run(argv), 3, /cannot read the state file .*cluster\.json: EISDIR/, /next: .*EVENKEEL_HOME/);
    expect(readdirSync(file)).toEqual([]);
  });

  it("a server binary that ends at once: its last words, no process, no folder", async () => {
    const bin = join(cwd, "bin");
    mkdirSync(bin);
    const script = `#!/bin/sh\n[ "$1" = --version ] && { echo "Redis server v=7.0.15 sha=0:0 malloc=libc bits=64"; exit 0; }\necho "no luck today" >&2\nexit 1\n`;
    writeFileSync(join(bin, "redis-server"), script);
    chmodSync(join(bin, "redis-server"), 0o755);
    const ended = await run(["up", "--engine", "redis@7.0"], { EVENKEEL_ENGINES: bin });
    expectRefusal(ended, 4, /servers? ends? as soon as (they|it) starts?[^]*no luck today/, /next: /);
    expect(processesUnder(cwd)).toEqual([]);
    expect(existsSync(join(cwd, STATE))).toBe(false);
  });

  it("a server binary that does not even tell its version", async () => {
    const bin = join(cwd, "bin");
    mkdirSync(bin);
    writeFileSync(join(bin, "redis-server"), "#!/bin/sh\nexit 3\n");
    chmodSync(join(bin, "redis-server"), 0o755);
    const ended = await run(["up", "--engine", "redis@7.0"], { EVENKEEL_ENGINES: bin });
    expectRefusal(ended, 3, /bin\/redis-server is not a server that runs/, /next: run `.*bin\/redis-server --version`/);
    expect(readdirSync(cwd)).toEqual(["bin"]);
  });
});

describe("an address that somebody has", () => {
  let server: Server | undefined;
  afterAll(() => void server?.close());

  it("is named, with its port", async () => {
    server = createServer();
    await new Promise<void>((done) => server?.listen(6379, "127.61.7.3", done));
    const ended = await run(["up", "--subnet", "127.61.7"]);
    expectRefusal(ended, 4, /127\.61\.7\.3:6379 is taken/, /next: .*(--subnet|stop)/);
    expect(existsSync(join(cwd, STATE))).toBe(false);
  });
});

describe("a state file that is corrupt", () => {
  const corrupt = (text: string): string => {
    const dir = join(cwd, STATE, "clusters", "default");
    mkdirSync(dir, { recursive: true });
    writeFileSync(join(dir, "cluster.json"), text);
    return join(dir, "cluster.json");
  };

  it.each([
    ["cut off", '{\n  "schema": 1,\n  "id":', /cluster\.json is corrupt: line 3/],
    ["empty", "", /cluster\.json is corrupt: .*empty/],
    ["of another shape", '{"schema": 1, "id": 5}', /cluster\.json is corrupt: id: expected a text, found 5/],
  ])(
    "%s: every command names the file, the place and the way out, and none changes it",
    async (_name, text, message) => {
      const file = corrupt(text);
      for (const argv of [["up"], ["status"], ["check", "pre"], ["load"], ["upgrade", "--to", "redis@8.0"]]) {
        expectRefusal(await run(argv), 3, message, /next: .*evenkeel down --name default --purge/);
      }
      expect(readFileSync(file, "utf8")).toBe(text);
    },
  );

  it("is removed by the command that the error names", async () => {
    corrupt("{");
    expect(await run(["down", "--name", "default", "--purge"])).toMatchObject({ code: 0 });
    expect(existsSync(join(cwd, STATE))).toBe(false);
  });
});

describe("without a cluster", () => {
  it.each([
    [["status"]],
    [["check", "pre"]],
    [["check", "post"]],
    [["load", "--rate", "10"]],
    [["upgrade", "--to", "redis@8.0"]],
    [["upgrade", "--to", "redis@8.0", "--execute"]],
    [["pod", "stop", "default-0"]],
  ])("evenkeel %j says so and how to make one", async (argv) => {
    expectRefusal(await run(argv), 2, /there is no cluster default in /, /next: make one: evenkeel up/);
    expect(readdirSync(cwd)).toEqual([]);
  });

  it("down has nothing to do, each time", async () => {
    for (const argv of [["down"], ["down", "--purge"]]) {
      expect(await run(argv)).toMatchObject({ code: 0, stdout: "there is no cluster default; nothing to do\n" });
    }
  });
});
