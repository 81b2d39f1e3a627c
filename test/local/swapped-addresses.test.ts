import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, expect, it } from "vitest";
import { readClusterFile, writeClusterFile } from "../../src/platforms/local/cluster-file.js";
import { downCluster } from "../../src/platforms/local/down-cluster.js";
import { clusterPaths, podPaths } from "../../src/platforms/local/state-paths.js";
import { allKeys, keyNames, missingKeys, writeKeys } from "./support/keys.js";
import { primaries, startTestCluster, type TestCluster, untilReady } from "./support/test-cluster.js";

const clusters: TestCluster[] = [];
afterEach(async () => {
  for (const one of clusters.splice(0)) await one.destroy();
});

async function start(): Promise<TestCluster> {
  const one = await startTestCluster();
  clusters.push(one);
  return one;
}

const filesOf = (one: TestCluster): ReturnType<typeof clusterPaths> => clusterPaths(one.home, one.name);

const idsOf = async (one: TestCluster): Promise<readonly string[]> =>
  (await one.topology()).views.flatMap((view) => view.nodes.map((node) => node.id));

const epochOf = async (one: TestCluster): Promise<number> =>
  Math.max(...(await one.topology()).views.map((view) => view.cluster.currentEpoch));

/** Who asked this server for a copy since it was started last, by the address that it came from. */
function syncsAsked(one: TestCluster, pod: string): string[] {
  const log = readFileSync(podPaths(filesOf(one), pod).serverLog, "utf8");
  const last = log.slice(log.lastIndexOf("Node configuration loaded"));
  return [...last.matchAll(/Replica (\S+):\d+ asks for synchronization/g)].map((match) => match[1] ?? "");
}

/** Files with one pod's address each: what DNS is on Kubernetes. Their old text is what a stale cache would say. */
function readPeers(one: TestCluster): ReadonlyMap<string, string> {
  const folder = filesOf(one).peersDir;
  return new Map(readdirSync(folder).map((pod) => [pod, readFileSync(join(folder, pod), "utf8")]));
}

function moveTo(
  one: TestCluster,
  place: { subnet: readonly [number, number]; peers: ReadonlyMap<string, string> },
): void {
  writeClusterFile(filesOf(one), { ...readClusterFile(one.home, one.name), subnet: place.subnet });
  for (const [pod, address] of place.peers) writeFileSync(join(filesOf(one).peersDir, pod), address);
}

it.each([
  { files: "new", what: "and are found at once" },
  { files: "old", what: "while the old addresses are still what is known of the peers" },
])(
  "two clusters that change their addresses with each other $what: neither takes in a node of the other",
  async ({ files }) => {
    const [a, b] = [await start(), await start()];
    const keys = { a: keyNames("a", 200), b: keyNames("b", 200) };
    await writeKeys(a, keys.a);
    await writeKeys(b, keys.b);
    // A server takes a higher epoch out of any answer that it gets: with far higher ones in one cluster a leak is seen.
    for (const pod of await primaries(a)) await a.call(pod, "CLUSTER", "BUMPEPOCH");
    for (const pod of await primaries(a)) await a.call(pod, "CLUSTER", "BUMPEPOCH");
    await untilReady(a, 10);
    const epochs = { a: await epochOf(a), b: await epochOf(b) };
    expect(epochs.a).toBeGreaterThan(epochs.b);
    const ids = { a: new Set(await idsOf(a)), b: new Set(await idsOf(b)) };
    const places = [a, b].map((one) => ({ subnet: readClusterFile(one.home, one.name).subnet, peers: readPeers(one) }));
    const addresses = { a: (await a.pods()).map((pod) => pod.address), b: (await b.pods()).map((pod) => pod.address) };
    await Promise.all([a, b].map((one) => downCluster({ home: one.home, name: one.name })));

    const [placeA, placeB] = places;
    if (!placeA || !placeB) throw new Error("no places");
    moveTo(a, files === "new" ? placeB : { ...placeB, peers: placeA.peers });
    moveTo(b, files === "new" ? placeA : { ...placeA, peers: placeB.peers });
    const begin = performance.now();
    const seen = { a: new Set<string>(), b: new Set<string>() };
    const over = new AbortController();
    const watch = async (name: "a" | "b", one: TestCluster): Promise<void> => {
      while (!over.signal.aborted) {
        for (const id of await idsOf(one).catch(() => [])) seen[name].add(id);
        await sleep(20);
      }
    };
    await Promise.all([a.up(), b.up()]);
    const watches = [watch("a", a), watch("b", b)];
    try {
      await Promise.all([untilReady(a, 30), untilReady(b, 30)]);
    } finally {
      over.abort();
      await Promise.all(watches);
      // Handshakes have ids of their own for a moment; no member of one was ever seen in the other.
      expect([...seen.a].filter((id) => ids.b.has(id))).toEqual([]);
      expect([...seen.b].filter((id) => ids.a.has(id))).toEqual([]);
    }
    expect(performance.now() - begin).toBeLessThan(40_000);

    expect((await a.pods()).map((pod) => pod.address)).toEqual(addresses.b);
    expect((await b.pods()).map((pod) => pod.address)).toEqual(addresses.a);
    expect({ a: await epochOf(a), b: await epochOf(b) }).toEqual(epochs);
    // Nor did a replica copy from the other cluster's primary, which is where its own was.
    for (const [one, strangers] of [
      [a, addresses.a],
      [b, addresses.b],
    ] as const) {
      const asked = (await one.pods()).flatMap((pod) => syncsAsked(one, pod.name));
      expect(asked.filter((address) => strangers.includes(address))).toEqual([]);
      expect(asked).not.toEqual([]);
    }
    expect(new Set(await idsOf(a))).toEqual(ids.a);
    expect(new Set(await idsOf(b))).toEqual(ids.b);
    expect(await allKeys(a)).toEqual(keys.a.toSorted());
    expect(await allKeys(b)).toEqual(keys.b.toSorted());
    expect([...(await missingKeys(a, keys.a)), ...(await missingKeys(b, keys.b))]).toEqual([]);
  },
);
