import { chmodSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { requestHttp } from "../../src/platforms/local/http-request.js";
import { tryBind } from "../../src/platforms/local/claimable.js";
import type { ServerTemplate } from "../../src/platforms/local/cluster-file.js";
import { localPlatform } from "../../src/platforms/local/local-platform.js";
import type { LocalPlatform } from "../../src/platforms/local/local-platform.js";
import type { PodStatus } from "../../src/platforms/local/pod-status.js";
import { KUBELET_PORT } from "../../src/platforms/local/ports.js";
import { isRunning } from "../../src/platforms/local/process-identity.js";
import type { Programs } from "../../src/platforms/local/spawn-kubelet.js";
import { buildPrograms, findRedis, killProcess, makeTestHome, waitFor } from "../fixtures/local-pods.js";
import type { TestHome } from "../fixtures/local-pods.js";

let programsDir: string;
let programs: Programs;
let engine: ServerTemplate;
const homes: TestHome[] = [];

beforeAll(async () => {
  programsDir = mkdtempSync(join(tmpdir(), "evenkeel-programs-"));
  programs = await buildPrograms(programsDir);
  engine = await findRedis();
});
afterEach(async () => {
  await Promise.all(homes.splice(0).map((each) => each.remove()));
});
afterAll(() => rmSync(programsDir, { recursive: true, force: true }));

async function newHome(options: Partial<Parameters<typeof makeTestHome>[1]> = {}): Promise<TestHome> {
  const made = await makeTestHome(programs, { engine, replicas: 0, gracePeriodMs: 10_000, ...options });
  homes.push(made);
  return made;
}

async function runningPod(made: TestHome): Promise<PodStatus> {
  made.startPod(0);
  return made.until(0, "a ready pod", (status) => status.phase === "running" && status.ready);
}

function platformOf(made: TestHome): LocalPlatform {
  return localPlatform({ home: made.home, name: made.cluster.name, resolve: async () => engine });
}

function startTick(status: PodStatus, which: "agent" | "server"): number {
  return Number(status[which]?.born.split("@")[0]);
}

async function ask(status: PodStatus, path: string, token?: string): Promise<number> {
  const request = { host: status.controlAddress, port: KUBELET_PORT, path, timeoutMs: 2000 };
  const reply = await requestHttp({ ...request, method: "POST", ...(token === undefined ? {} : { token }) });
  return reply.status;
}

describe("the start of a pod", () => {
  it("starts the agent first and the server only when the agent's startup probe passed", async () => {
    const made = await newHome();
    made.behave(0, { startedAfterMs: 700 });
    made.startPod(0);
    const waiting = await made.until(0, "an agent", (status) => status.agent !== null);
    expect(waiting.server).toBeNull();
    expect(waiting.reason).toContain("waits for the agent to open the start gate");
    const running = await made.until(0, "a ready pod", (status) => status.phase === "running" && status.ready);
    // Ticks of 10 ms.
    expect(startTick(running, "server") - startTick(running, "agent")).toBeGreaterThanOrEqual(60);
    expect(running.address).toBe(`127.${made.cluster.subnet.join(".")}.1`);
    expect(readFileSync(join(made.home, "clusters/rc/peers/rc-0"), "utf8")).toBe(`${running.address}\n`);
  });

  it("says which address is taken and goes on when it is free again", async () => {
    const first = await newHome();
    const status = await runningPod(first);
    const subnet = `127.${first.cluster.subnet.join(".")}`;
    await expect(newHome({ subnet })).rejects.toMatchObject({
      code: "ADDRESS_TAKEN",
      message: expect.stringContaining(`${status.address}:${KUBELET_PORT}`),
      hint: expect.stringContaining(`EVENKEEL_HOME=${first.home} evenkeel down --name rc`),
    });
    // A cluster made while the address was free.
    await platformOf(first).stop("rc-0", { handover: false });
    killProcess(status.kubelet, "SIGTERM");
    await waitFor("the end of the kubelet", () => !isRunning(status.kubelet));
    const second = await newHome({ subnet });
    await runningPod(second);
    first.startPod(0);
    await first.until(0, "the reason", ({ reason }) => reason === `address ${status.address} is taken`);
    await second.remove();
    await first.until(0, "a ready pod", ({ phase, ready }) => phase === "running" && ready);
  });

  it("lets no second kubelet take over a pod that has one", async () => {
    const made = await newHome();
    const before = await runningPod(made);
    made.startPod(0);
    await waitFor("the refusal", () =>
      readFileSync(made.paths(0).kubeletLog, "utf8").includes("is the kubelet of this pod already"),
    );
    expect(made.status(0)?.kubelet).toEqual(before.kubelet);
    expect(isRunning(before.server)).toBe(true);
  });
});

describe("the stop of a pod", () => {
  it("runs the preStop hook to its end before the server gets SIGTERM", async () => {
    const made = await newHome();
    made.behave(0, { handoverMs: 1200 });
    const before = await runningPod(made);
    const askedAt = performance.now();
    await platformOf(made).stop("rc-0");
    const stopped = await made.until(0, "a stopped pod", (status) => status.phase === "stopped");
    expect(performance.now() - askedAt).toBeGreaterThan(1200);
    expect(made.notes(0)).toEqual(["gate served", "handover asked", "handover answered, server alive"]);
    expect(readFileSync(made.paths(0).serverLog, "utf8")).toContain("Received SIGTERM");
    expect([before.server, before.agent].some(isRunning)).toBe(false);
    expect(stopped).toMatchObject({ server: null, agent: null, ready: false, reason: "hand-over: OK not-needed" });
    expect(isRunning(stopped.kubelet)).toBe(true);
  });

  it("goes on when the hook fails, and says so", async () => {
    const made = await newHome();
    made.behave(0, { handoverMs: 10, handoverReply: "-ERR no candidate lives" });
    await runningPod(made);
    await platformOf(made).stop("rc-0");
    const stopped = await made.until(0, "a stopped pod", (status) => status.phase === "stopped");
    expect(stopped.reason).toBe("hand-over failed: ERR no candidate lives");
  });

  it("asks the restarted agent again when the first one is killed during the hook", async () => {
    const made = await newHome();
    made.behave(0, { handoverMs: 800 });
    const before = await runningPod(made);
    await platformOf(made).stop("rc-0");
    await waitFor("the hook", () => made.notes(0).includes("handover asked"));
    killProcess(before.agent, "SIGKILL");
    const stopped = await made.until(0, "a stopped pod", (status) => status.phase === "stopped");
    expect(made.notes(0).filter((note) => note === "handover asked")).toHaveLength(2);
    expect(stopped).toMatchObject({ reason: "hand-over: OK not-needed", agentRestarts: 1 });
  });

  it("kills a server that does not end within the grace period, and not sooner", async () => {
    const made = await newHome({ gracePeriodMs: 3000 });
    made.behave(0, { handoverMs: 10 });
    const before = await runningPod(made);
    killProcess(before.server, "SIGSTOP");
    const askedAt = performance.now();
    killProcess(before.kubelet, "SIGTERM");
    await made.until(0, "a terminating pod", (status) => status.phase === "terminating");
    // A second order does not shorten anything.
    killProcess(before.kubelet, "SIGTERM");
    await waitFor("the end of the kubelet", () => !isRunning(before.kubelet));
    expect(performance.now() - askedAt).toBeGreaterThanOrEqual(2900);
    expect([before.server, before.agent].some(isRunning)).toBe(false);
    expect(made.status(0)).toMatchObject({ phase: "stopped", kubelet: null, server: null, agent: null });
  });

  it("starts a stopped pod again when it is asked to", async () => {
    const made = await newHome();
    const before = await runningPod(made);
    const platform = platformOf(made);
    await platform.stop("rc-0", { handover: false });
    await made.until(0, "a stopped pod", (status) => status.phase === "stopped");
    expect(made.notes(0)).toEqual(["gate served"]);
    await platform.start("rc-0");
    const after = await made.until(0, "a ready pod", (status) => status.phase === "running" && status.ready);
    expect(after).toMatchObject({ address: before.address, kubelet: before.kubelet });
    expect(after.uid).not.toBe(before.uid);
  });
});

describe("a container that ends", () => {
  it("comes back at once, later after a pause, on the same address; the other container is not touched", async () => {
    const made = await newHome({ addresses: "pod" });
    const first = await runningPod(made);
    killProcess(first.server, "SIGKILL");
    const seen = await made.until(0, "a restart", (now) => now.containerRestarts === 1 && now.ready);
    expect(seen).toMatchObject({ address: first.address, uid: first.uid, agent: first.agent });

    killProcess(seen.agent, "SIGKILL");
    const second = await made.until(0, "an agent", (now) => now.agentRestarts === 1 && now.agent !== null && now.ready);
    expect(second.server).toEqual(seen.server);

    const killedAt = performance.now();
    killProcess(second.server, "SIGKILL");
    const paused = await made.until(0, "its end", (now) => now.containerRestarts === 2);
    expect(paused).toMatchObject({
      phase: "starting",
      ready: false,
      reason: expect.stringContaining("killed by SIGKILL; started again in 1 s"),
    });
    await made.until(0, "a second restart", (now) => now.server !== null && now.ready);
    expect(performance.now() - killedAt).toBeGreaterThanOrEqual(1000);
  });

  it("makes the pod crashed after five quick ends, with what the server said last", async () => {
    const made = await newHome();
    const program = join(made.home, "broken-server");
    writeFileSync(program, "#!/bin/sh\necho 'Fatal: cannot find my teeth'\nexit 1\n");
    chmodSync(program, 0o755);
    await localPlatform({
      home: made.home,
      name: "rc",
      resolve: async (template) => ({ ...template, server: [program] }),
    }).stage(made.cluster.template);
    made.startPod(0);
    const crashed = await made.until(0, "a crashed pod", (status) => status.phase === "crashed");
    expect(crashed.containerRestarts).toBe(5);
    expect(crashed.reason).toContain("exited with code 1");
    expect(crashed.reason).toContain("Fatal: cannot find my teeth");
  });

  it("is not a server that hangs for 15 s", async () => {
    const made = await newHome();
    const before = await runningPod(made);
    killProcess(before.server, "SIGSTOP");
    await sleep(15_000);
    killProcess(before.server, "SIGCONT");
    const after = await made.until(0, "a ready pod", (status) => status.ready);
    expect(after).toMatchObject({ server: before.server, containerRestarts: 0 });
  });

  it("restarts the server alone when that is asked for", async () => {
    const made = await newHome();
    const before = await runningPod(made);
    await platformOf(made).restartContainer("rc-0");
    const after = await made.until(0, "a restart", (status) => status.containerRestarts === 1 && status.ready);
    expect(after).toMatchObject({ uid: before.uid, agent: before.agent, address: before.address });
    expect(made.notes(0)).toEqual(["gate served", "gate served"]);
  });
});

describe("replacing a pod", () => {
  it("gives a new pod with the staged template on the same volume; other pods are not touched", async () => {
    const made = await newHome();
    const before = await runningPod(made);
    const platform = localPlatform({
      home: made.home,
      name: "rc",
      resolve: async () => ({ ...engine, version: "7.0.99" }),
    });
    writeFileSync(join(made.paths(0).volume, "keepsake"), "here");
    await platform.stage({ engine: "redis", version: "7.0.99" });
    expect(await platform.template()).toEqual({ engine: "redis", version: "7.0.99" });
    expect((await platform.pods())[0]).toMatchObject({
      template: { version: engine.version },
      uid: before.uid,
      ready: true,
    });
    await platform.replace("rc-0", before.uid);
    const after = await made.until(0, "a new pod", (status) => status.uid !== before.uid && status.ready);
    expect(after).toMatchObject({ address: before.address, containerRestarts: 0, kubelet: before.kubelet });
    expect((await platform.pods())[0]).toMatchObject({ template: { engine: "redis", version: "7.0.99" } });
    expect((await platform.pods())[0]?.dataBytes).toBeGreaterThan(0);
    expect(readFileSync(join(made.paths(0).volume, "keepsake"), "utf8")).toBe("here");
    expect(made.notes(0)).toContain("handover asked");
  });

  it("gives a new address in pod mode, which no pod of the cluster had last", async () => {
    const made = await newHome({ addresses: "pod" });
    const first = await runningPod(made);
    made.startPod(1);
    const neighbour = await made.until(1, "a ready pod", (status) => status.ready);
    await platformOf(made).replace("rc-0", first.uid);
    const second = await made.until(0, "a new pod", (status) => status.uid !== first.uid && status.ready);
    const prefix = `127.${made.cluster.subnet.join(".")}`;
    expect([first.address, neighbour.address, second.address]).toEqual([`${prefix}.1`, `${prefix}.2`, `${prefix}.4`]);
    expect(await tryBind(first.address, KUBELET_PORT)).toBe("free");
    expect(readFileSync(join(made.home, "clusters/rc/peers/rc-0"), "utf8")).toBe(`${second.address}\n`);
  });

  it("is refused for a pod that is not the one meant", async () => {
    const made = await newHome();
    const before = await runningPod(made);
    await expect(platformOf(made).replace("rc-0", "another-uid")).rejects.toMatchObject({
      code: "POD_CHANGED",
      message: expect.stringContaining(before.uid),
    });
    expect(made.status(0)).toMatchObject({ uid: before.uid, phase: "running" });
  });
});

describe("the kubelet itself", () => {
  it("needs the token for everything that changes the pod, and tells its status to everybody", async () => {
    const made = await newHome();
    const status = await runningPod(made);
    const changes = ["/stop", "/start", "/restart-container", `/replace?uid=${status.uid}`];
    for (const path of changes) {
      expect(await ask(status, path)).toBe(401);
      expect(await ask(status, path, `${made.token}x`)).toBe(401);
    }
    expect(await ask(status, "/nothing", made.token)).toBe(404);
    const open = await requestHttp({ host: status.address, port: KUBELET_PORT, path: "/status", timeoutMs: 2000 });
    expect(JSON.parse(open.body)).toMatchObject({
      uid: status.uid,
      phase: "running",
      diskTotalBytes: expect.any(Number),
    });
    expect(open.body).not.toContain(made.token);
  });

  it("is followed by one that adopts server and agent when it is killed", async () => {
    const made = await newHome();
    const before = await runningPod(made);
    killProcess(before.kubelet, "SIGKILL");
    await waitFor("its end", () => !isRunning(before.kubelet));
    expect([before.server, before.agent].every(isRunning)).toBe(true);
    expect((await platformOf(made).pods())[0]?.reason).toContain("its kubelet is gone");
    made.startPod(0);
    const after = await made.until(0, "a new kubelet", (now) => now.kubelet?.pid !== before.kubelet?.pid && now.ready);
    expect(after).toMatchObject({ uid: before.uid, server: before.server, agent: before.agent, containerRestarts: 0 });
    // What it adopted it also restarts and stops.
    killProcess(after.server, "SIGKILL");
    await made.until(0, "a restart", (now) => now.containerRestarts === 1 && now.ready);
    killProcess(after.kubelet, "SIGTERM");
    await waitFor("the end", () => !isRunning(after.kubelet));
    expect(isRunning(after.agent)).toBe(false);
  });

  it("goes on with the stop that a killed kubelet had begun", async () => {
    const made = await newHome();
    made.behave(0, { handoverMs: 1500 });
    const before = await runningPod(made);
    await platformOf(made).replace("rc-0", before.uid);
    await waitFor("the hook", () => made.notes(0).includes("handover asked"));
    killProcess(before.kubelet, "SIGKILL");
    await waitFor("its end", () => !isRunning(before.kubelet));
    made.startPod(0);
    const after = await made.until(0, "a new pod", (now) => now.uid !== before.uid && now.ready);
    expect(isRunning(before.server)).toBe(false);
    expect(after.phase).toBe("running");
  });

  it("leaves no half-written file behind", async () => {
    const made = await newHome();
    await runningPod(made);
    expect(readdirSync(made.paths(0).dir).filter((name) => name.endsWith(".tmp"))).toEqual([]);
  });
});
