import { createSocket, type Socket } from "node:dgram";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { allNamesGone, findByDns } from "../../../src/agent/kubernetes/find-by-dns.js";
import { createLookUp } from "../../../src/agent/kubernetes/look-up.js";
import { dnsName } from "../../../src/agent/kubernetes/names.js";
import { createPodCount } from "../../../src/agent/kubernetes/pod-count.js";
import { waitForAddress } from "../../../src/agent/kubernetes/wait-for-address.js";
import { systemClock } from "../../../src/ports/system-clock.js";

const NAMES = {
  namespace: "ns",
  clusterDomain: "cluster.local",
  headless: "rc-headless",
  addresses: "stable",
} as const;
const nameOf = (pod: string): string => dnsName(pod, NAMES);
const TYPE_A = 1;
const TTL_SECONDS = 2;

/** A DNS server for A records: what it does not hold does not exist; while mute it answers nothing. */
interface Dns {
  readonly records: Map<string, string>;
  readonly asked: string[];
  mute: boolean;
  readonly address: string;
  readonly socket: Socket;
}

function readQuestion(message: Buffer): { name: string; type: number; end: number } {
  const labels: string[] = [];
  let at = 12;
  for (let length = message[at] ?? 0; length > 0; length = message[at] ?? 0) {
    labels.push(message.subarray(at + 1, at + 1 + length).toString());
    at += 1 + length;
  }
  return { name: `${labels.join(".")}.`, type: message.readUInt16BE(at + 1), end: at + 5 };
}

function reply(message: Buffer, address: string | undefined, { end, type }: { end: number; type: number }): Buffer {
  const found = address !== undefined && type === TYPE_A;
  const header = Buffer.from(message.subarray(0, 12));
  header.writeUInt16BE(address === undefined ? 0x8183 : 0x8180, 2);
  header.writeUInt16BE(found ? 1 : 0, 6);
  header.writeUInt32BE(0, 8);
  const parts = [header, message.subarray(12, end)];
  if (found) {
    const record = Buffer.from([0xc0, 12, 0, TYPE_A, 0, 1, 0, 0, 0, TTL_SECONDS, 0, 4]);
    parts.push(record, Buffer.from(address.split(".").map(Number)));
  }
  return Buffer.concat(parts);
}

async function startDns(): Promise<Dns> {
  const socket = createSocket("udp4");
  await new Promise<void>((bound) => socket.bind(0, "127.0.0.1", bound));
  const dns: Dns = {
    records: new Map(),
    asked: [],
    mute: false,
    address: `127.0.0.1:${socket.address().port}`,
    socket,
  };
  socket.on("message", (message, from) => {
    const question = readQuestion(message);
    if (question.type === TYPE_A) dns.asked.push(question.name);
    if (dns.mute) return;
    socket.send(reply(message, dns.records.get(question.name), question), from.port, from.address);
  });
  return dns;
}

let dns: Dns;
beforeEach(async () => {
  dns = await startDns();
});
afterEach(() => dns.socket.close());

const pods = (): string[] => ["rc-0", "rc-1", "rc-2"];

/** Everything is real but the clock, so that answers can grow old in no time. */
function finder(): { find: ReturnType<typeof findByDns>; pass: (ms: number) => void } {
  let now = 0;
  const clock = { ...systemClock, now: () => now };
  return {
    find: findByDns({ clock, lookUp: createLookUp([dns.address]), pods, ownPod: "rc-0", nameOf }),
    pass: (ms) => void (now += ms),
  };
}

describe("finding peers by DNS", () => {
  it("asks for the full names of all pods but its own, and leaves out those that do not exist", async () => {
    dns.records.set("rc-1.ns.svc.cluster.local.", "10.0.0.1");
    expect(await finder().find()).toEqual([{ pod: "rc-1", address: "10.0.0.1" }]);
    expect(new Set(dns.asked)).toEqual(new Set(["rc-1.ns.svc.cluster.local.", "rc-2.ns.svc.cluster.local."]));
  });

  it("uses an answer for as long as it is good, and then asks again", async () => {
    dns.records.set("rc-1.ns.svc.cluster.local.", "10.0.0.1");
    const { find, pass } = finder();
    await find();
    dns.records.set("rc-1.ns.svc.cluster.local.", "10.0.0.9");
    pass(TTL_SECONDS * 1000 - 1);
    expect(await find()).toEqual([{ pod: "rc-1", address: "10.0.0.1" }]);
    pass(1);
    expect(await find()).toEqual([{ pod: "rc-1", address: "10.0.0.9" }]);
  });

  it("keeps the last address while DNS does not answer", async () => {
    dns.records.set("rc-1.ns.svc.cluster.local.", "10.0.0.1");
    const { find, pass } = finder();
    await find();
    dns.mute = true;
    pass(TTL_SECONDS * 1000);
    expect(await find()).toEqual([{ pod: "rc-1", address: "10.0.0.1" }]);
  }, 20_000);

  it("takes a release for removed when no name exists any more, and not when DNS is silent", async () => {
    const options = { lookUp: createLookUp([dns.address]), pods, nameOf };
    expect(await allNamesGone(options)).toBe(true);
    dns.records.set("rc-2.ns.svc.cluster.local.", "10.0.0.2");
    expect(await allNamesGone(options)).toBe(false);
    dns.records.clear();
    dns.mute = true;
    expect(await allNamesGone(options)).toBe(false);
  }, 20_000);
});

describe("counting pods", () => {
  it("counts a pod that was added before the mounted file tells of it, and loses none while DNS is silent", async () => {
    const folder = mkdtempSync(join(tmpdir(), "evenkeel-count-"));
    const file = join(folder, "size.json");
    let now = 0;
    const clock = { ...systemClock, now: () => now };
    const lookUp = createLookUp([dns.address]);
    const count = createPodCount({ clock, lookUp, nameOf: (n) => nameOf(`rc-${n}`), told: () => 6, file });
    await count.refresh();
    expect(count.pods()).toBe(6);
    dns.records.set("rc-6.ns.svc.cluster.local.", "10.0.0.6");
    now += 2000;
    await count.refresh();
    expect(count.pods()).toBe(7);
    dns.mute = true;
    now += 2000;
    await count.refresh();
    expect(JSON.parse(readFileSync(file, "utf8"))).toEqual({ pods: 7 });
    rmSync(folder, { recursive: true, force: true });
  }, 20_000);
});

describe("waiting for the announced address", () => {
  it("says what it waits for once, and ends when the Service is there", async () => {
    const said: string[] = [];
    const waiting = waitForAddress({
      clock: { ...systemClock, sleep: () => systemClock.sleep(10) },
      lookUp: createLookUp([dns.address]),
      name: nameOf("rc-0"),
      onWait: (reason) => said.push(reason),
    });
    await expect.poll(() => dns.asked.length).toBeGreaterThan(3);
    dns.records.set("rc-0.ns.svc.cluster.local.", "10.0.0.5");
    expect(await waiting).toBe("10.0.0.5");
    expect(said).toEqual(["waits for its own Service: DNS does not know rc-0.ns.svc.cluster.local."]);
  });
});
