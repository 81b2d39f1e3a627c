import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { writeManifest } from "../../../src/platforms/local/engines/engine-manifest.js";
import { installCommand } from "../../../src/platforms/local/engines/engine-not-found.js";
import { listEngines } from "../../../src/platforms/local/engines/list-engines.js";
import { resolveEngine } from "../../../src/platforms/local/engines/resolve-engine.js";

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "evenkeel-engines-"));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

/** A program that is run for real; `/bin/sh` is named whole, because PATH holds nothing here. */
async function program(path: string, script: string): Promise<string> {
  const whole = join(folder, path);
  await mkdir(dirname(whole), { recursive: true });
  await writeFile(whole, `#!/bin/sh\n${script}\n`);
  await chmod(whole, 0o755);
  return whole;
}

const says = (engine: string, version: string) => `echo '${engine} server v=${version} sha=0:0 bits=64'`;

/** PATH has no apt here, so nothing is ever fetched. */
function context(env: Readonly<Record<string, string>> = {}) {
  return { env: { PATH: join(folder, "path"), EVENKEEL_CACHE: join(folder, "cache"), ...env } };
}

async function cachedEngine(version: string, arch: string = process.arch): Promise<string> {
  const name = `cache/engines/redis-${version}-${arch}`;
  await program(`${name}/bin/redis-server`, says("Redis", version));
  await program(`${name}/run/redis-server`, "exit 1");
  await writeManifest(join(folder, name), {
    schema: 1,
    engine: "redis",
    version,
    arch,
    origin: "Debian trixie",
    packages: [{ name: "redis-server", version: `5:${version}-3` }],
  });
  return join(folder, name);
}

describe("EVENKEEL_ENGINES", () => {
  test("takes the newest match of all its folders, their sub-folders and a bin in those", async () => {
    await program("one/redis-server", says("Redis", "7.0.9"));
    const newest = await program("two/redis-7.0.15/bin/redis-server", says("Redis", "7.0.15"));
    const cli = await program("two/redis-7.0.15/bin/redis-cli", "exit 0");
    await program("two/redis-8.0.2/bin/redis-server", says("Redis", "8.0.2"));
    const env = { EVENKEEL_ENGINES: [join(folder, "one"), join(folder, "two")].join(delimiter) };
    const engine = await resolveEngine({ engine: "redis", version: "7.0" }, context(env));
    expect(engine).toEqual({
      engine: "redis",
      version: "7.0.15",
      server: [newest],
      cli: [cli],
      source: `found at ${newest}`,
    });
  });

  test("comes before PATH", async () => {
    await program("path/redis-server", says("Redis", "7.0.15"));
    const mine = await program("mine/redis-server", says("Redis", "7.0.1"));
    const env = { EVENKEEL_ENGINES: join(folder, "mine") };
    const engine = await resolveEngine({ engine: "redis", version: "7.0" }, context(env));
    expect(engine.server).toEqual([mine]);
  });

  test("is not passed over when its server exits at once: that is said, with its stderr", async () => {
    const bad = await program("mine/redis-server", "echo 'libssl.so.9: cannot open' >&2; exit 127");
    await program("path/redis-server", says("Redis", "7.0.15"));
    const search = resolveEngine(
      { engine: "redis", version: "7.0" },
      context({ EVENKEEL_ENGINES: join(folder, "mine") }),
    );
    await expect(search).rejects.toMatchObject({
      code: "ENGINE_BROKEN",
      message: `${bad} is not a server that runs: exited with code 127 and said: libssl.so.9: cannot open`,
    });
  });

  test("may name a folder of engines that were fetched elsewhere, which run by their own loader", async () => {
    const fetched = await cachedEngine("8.0.6");
    const env = { EVENKEEL_ENGINES: dirname(fetched), EVENKEEL_CACHE: join(folder, "empty") };
    const engine = await resolveEngine({ engine: "redis", version: "8.0" }, context(env));
    expect(engine.server[0]).toBe(join(fetched, "run/redis-server"));
  });
});

describe("PATH", () => {
  test("gives the first server that matches", async () => {
    const first = await program("a/valkey-server", says("Valkey", "8.0.1"));
    await program("b/valkey-server", says("Valkey", "8.1.1"));
    const env = { PATH: [join(folder, "a"), join(folder, "b")].join(delimiter) };
    expect((await resolveEngine({ engine: "valkey", version: "8" }, context(env))).server).toEqual([first]);
  });

  test("never gives Valkey that is installed under the name redis-server for Redis", async () => {
    const real = await program("path/valkey-server", says("Valkey", "8.1.1"));
    await symlink(real, join(folder, "path/redis-server"));
    const search = resolveEngine({ engine: "redis", version: "8" }, context());
    await expect(search).rejects.toMatchObject({ code: "ENGINE_NOT_FOUND" });
  });

  test("passes over a server that prints no version, and says so when nothing else is there", async () => {
    const bad = await program("path/redis-server", "echo hello");
    const told: string[] = [];
    const search = resolveEngine(
      { engine: "redis", version: "7.0" },
      { ...context(), notify: (message) => told.push(message) },
    );
    await expect(search).rejects.toMatchObject({ code: "ENGINE_BROKEN", details: { path: bad } });
    expect(told).toEqual([`passing over ${bad}: printed no version and said nothing on stderr`]);
  });
});

describe("the cache", () => {
  test("gives the newest match without running anything", async () => {
    await cachedEngine("8.0.2");
    const newest = await cachedEngine("8.0.10");
    const engine = await resolveEngine({ engine: "redis", version: "8.0" }, context());
    expect(engine).toMatchObject({
      version: "8.0.10",
      server: [
        join(newest, "run/redis-server"),
        "--library-path",
        join(newest, "lib"),
        join(newest, "bin/redis-server"),
      ],
      cli: [],
      source: `package redis-server 5:8.0.10-3 of Debian trixie, kept in ${newest}`,
    });
  });

  test("has nothing to give when the engine is for another kind of machine, damaged, or a fetch under way", async () => {
    await cachedEngine("8.0.2", "s390x");
    const damaged = await cachedEngine("8.0.6");
    await rm(join(damaged, "run"), { recursive: true });
    const unreadable = await cachedEngine("8.0.7");
    await writeFile(join(unreadable, "engine.json"), "{");
    await symlink(damaged, join(folder, "cache/engines/.fetch-x"));
    const search = resolveEngine({ engine: "redis", version: "8.0" }, context());
    await expect(search).rejects.toMatchObject({
      code: "ENGINE_NOT_FOUND",
      message: expect.stringContaining(`${damaged} does not run: redis-server or its loader is gone`),
    });
  });
});

describe("an engine that cannot be had", () => {
  test("is an error that names every place, what is there instead, and the next command", async () => {
    await program("path/redis-server", says("Redis", "7.0.15"));
    await cachedEngine("8.0.6");
    const search = resolveEngine({ engine: "redis", version: "8.9" }, context());
    await expect(search).rejects.toMatchObject({
      code: "ENGINE_NOT_FOUND",
      exitCode: 3,
      details: {
        looked: [
          "EVENKEEL_ENGINES, which names no folder: no engine",
          "PATH: redis 7.0.15",
          `the cache ${join(folder, "cache/engines")}: redis 8.0.6`,
          "packages: none can be fetched here, that needs the apt of Debian or Ubuntu",
        ],
      },
      hint: expect.stringContaining("redis@7.0.15, redis@8.0.6"),
    });
  });

  test("is to be installed by the system's own command when no version of it is there", () => {
    expect(installCommand("valkey", { platform: "darwin" })).toBe("brew install valkey");
    expect(installCommand("redis", { platform: "linux" })).toBe("apt-get install redis-server");
  });

  test("ends at once when the caller gives up", async () => {
    await program("path/redis-server", "exec /bin/sleep 30");
    const search = resolveEngine(
      { engine: "redis", version: "7.0" },
      { ...context(), signal: AbortSignal.timeout(200) },
    );
    await expect(search).rejects.toMatchObject({ name: "TimeoutError" });
  });
});

test("the list of engines is sorted by engine, newest first, and says where each is", async () => {
  await program("path/redis-server", says("Redis", "7.0.15"));
  await program("path/valkey-server", says("Valkey", "8.1.1"));
  await cachedEngine("8.0.6");
  const list = await listEngines(context());
  expect(list.map(({ engine, version, place }) => `${engine} ${version} ${place}`)).toEqual([
    "redis 8.0.6 cache",
    "redis 7.0.15 PATH",
    "valkey 8.1.1 PATH",
  ]);
});
