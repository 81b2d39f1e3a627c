import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, describe, expect, it } from "vitest";
import { countSlots } from "../../src/cluster/slots.js";
import {
  askAgent,
  askToStop,
  freezeAgent,
  instantly,
  isStopped,
  killAgent,
  seededDelay,
  untilReply,
} from "./support/faults.js";
import {
  flaws,
  NO_FLAW,
  primaries,
  shardsInOrder,
  startTestCluster,
  type TestCluster,
  until,
  untilReady,
} from "./support/test-cluster.js";

let cluster: TestCluster | undefined;
afterEach(async () => {
  await cluster?.destroy();
  cluster = undefined;
});

/** No server takes this command, until `permit`: the formation stands still exactly before this step. */
const forbid = (subcommand: string): string[] => [`user default on nopass ~* &* +@all -cluster|${subcommand}`];
async function permit(started: TestCluster, pods: readonly string[]): Promise<void> {
  for (const pod of pods) await started.call(pod, "ACL", "SETUSER", "default", "+@all");
}
const PODS = ["rc-0", "rc-1", "rc-2", "rc-3", "rc-4", "rc-5"];
const FORMING = "rc-0";

const slotsOf = async (started: TestCluster, pod: string): Promise<number> =>
  countSlots(
    (await started.topology()).views
      .find((view) => view.address === started.processes(pod).address)
      ?.nodes.find((node) => node.self)?.slots ?? [],
  );

/** Three shards with even slots and one replica each, no node twice, every pod ready. */
async function expectFormed(started: TestCluster, seconds: number): Promise<void> {
  const topology = await untilReady(started, seconds);
  expect(topology.nodes).toHaveLength(6);
  expect(topology.strays).toEqual([]);
  expect(topology.shards.map((shard) => shard.replicas.length)).toEqual([1, 1, 1]);
  expect(topology.shards.map((shard) => countSlots(shard.slots)).toSorted((a, b) => a - b)).toEqual([5461, 5461, 5462]);
  expect(new Set(topology.shards.map((shard) => shard.primary.configEpoch)).size).toBe(3);
}

interface Moment {
  readonly step: string;
  /** The command before which the formation stands still. */
  readonly forbidden: string;
  /** Lets the formation take a part of the step. */
  readonly begin?: (started: TestCluster) => Promise<void>;
  readonly reached: (started: TestCluster) => Promise<boolean>;
}

const MOMENTS: readonly Moment[] = [
  {
    step: "before any slot is given",
    forbidden: "addslotsrange",
    reached: async (started) => started.agentLog(FORMING).includes("NOPERM"),
  },
  {
    step: "when one primary of three has its slots",
    forbidden: "addslotsrange",
    begin: (started) => permit(started, ["rc-0"]),
    reached: async (started) => (await slotsOf(started, "rc-0")) > 0 && (await slotsOf(started, "rc-1")) === 0,
  },
  {
    step: "when a primary has its slots and no epoch",
    forbidden: "set-config-epoch",
    reached: async (started) => (await slotsOf(started, "rc-0")) > 0,
  },
  {
    step: "before the first introduction",
    forbidden: "meet",
    reached: async (started) => (await slotsOf(started, "rc-2")) > 0 && started.agentLog(FORMING).includes("NOPERM"),
  },
  {
    step: "when one node of five is introduced",
    forbidden: "meet",
    begin: async (started) => {
      await until("the epochs", 20, async () => started.agentLog(FORMING).includes("NOPERM"));
      // The part of the step that was done by the agent before it died.
      await started.call("rc-0", "ACL", "SETUSER", "default", "+cluster|meet");
      await started.call("rc-0", "CLUSTER", "MEET", started.processes("rc-4").address, 6379);
      await started.call("rc-0", "ACL", "SETUSER", "default", "-cluster|meet");
    },
    reached: async (started) => /cluster_known_nodes:[2-5]/.test(String(await started.call("rc-4", "CLUSTER", "INFO"))),
  },
  {
    step: "when all have met and none is a replica",
    forbidden: "replicate",
    reached: async (started) => String(await started.call("rc-5", "CLUSTER", "INFO")).includes("cluster_known_nodes:6"),
  },
  {
    step: "when one replica of three is attached",
    forbidden: "replicate",
    begin: (started) => permit(started, ["rc-3"]),
    reached: async (started) => String(await started.call("rc-3", "ROLE")).startsWith("slave"),
  },
];

describe("the agent that forms the cluster is killed", () => {
  it.each(MOMENTS)("$step: its next process takes the formation up", async ({ forbidden, begin, reached }) => {
    const began = performance.now();
    cluster = await startTestCluster({ unformed: true, serverConfig: forbid(forbidden) });
    const started = cluster;
    await begin?.(started);
    await until("the step", 20, () => reached(started));
    killAgent(started, FORMING);
    await permit(started, PODS);
    await expectFormed(started, 30);
    expect(performance.now() - began).toBeLessThan(40_000);
    expect(started.processes(FORMING).agentRestarts).toBe(1);
  });

  it.each([1, 2, 3])("again and again, at moments of seed %i", async (seed) => {
    const began = performance.now();
    cluster = await startTestCluster({ unformed: true });
    const started = cluster;
    for (const round of [1, 2, 3]) {
      await sleep(seededDelay(seed * 10 + round, 700));
      await until("the next agent", 10, async () => {
        killAgent(started, FORMING);
        return true;
      });
    }
    await expectFormed(started, 30);
    expect(performance.now() - began).toBeLessThan(40_000);
  });
});

describe("another agent is killed while the cluster is formed", () => {
  it.each([
    { pod: "rc-1", what: "of a primary to be" },
    { pod: "rc-4", what: "of a replica to be" },
  ])("the agent $what: the formation waits for it and goes on", async ({ pod }) => {
    cluster = await startTestCluster({ unformed: true, serverConfig: forbid("replicate") });
    const started = cluster;
    await until("the step", 20, async () =>
      String(await started.call("rc-5", "CLUSTER", "INFO")).includes("cluster_known_nodes:6"),
    );
    killAgent(started, pod);
    await permit(started, PODS);
    await expectFormed(started, 30);
    expect(started.processes(pod).agentRestarts).toBe(1);
  });
});

const RATE = 500;

/** Pods of one shard, and of the shards that have no part in its hand-over. */
interface Cast {
  readonly primary: string;
  readonly candidate: string;
  readonly others: readonly string[];
  readonly otherReplica: string;
}

async function castOf(started: TestCluster, shard: number): Promise<Cast> {
  const [topology, pods] = [await started.topology(), await started.pods()];
  const name = (address: string | undefined): string => pods.find((pod) => pod.address === address)?.name ?? "";
  const shards = shardsInOrder(topology);
  const [primary, candidate] = [name(shards[shard]?.primary.address), name(shards[shard]?.replicas[0]?.address)];
  return {
    primary,
    candidate,
    others: pods.map((pod) => pod.name).filter((pod) => pod !== primary && pod !== candidate),
    otherReplica: name(shards[(shard + 1) % 3]?.replicas[0]?.address),
  };
}

interface HandoverMoment {
  readonly step: string;
  /** Makes the hand-over stand still at the step; the steps that need none are met by looking without a pause. */
  readonly arrange?: (started: TestCluster, cast: Cast) => Promise<void>;
  readonly reached: (started: TestCluster, cast: Cast, logged: () => string) => Promise<void>;
  /** Lets it go on, after the kill. */
  readonly release?: (started: TestCluster, cast: Cast) => Promise<void>;
}

const logs =
  (what: string): HandoverMoment["reached"] =>
  (_started, _cast, logged) =>
    instantly(`the log to say "${what}"`, 40, () => logged().includes(what));

const HANDOVER_MOMENTS: readonly HandoverMoment[] = [
  {
    step: "while it waits for its turn",
    arrange: async (started, { others }) => {
      for (const pod of others) await askAgent(started, pod, { path: "/turn", body: { holder: "another" } });
    },
    reached: logs("waits for its turn"),
    release: async (started, { others }) => {
      for (const pod of others)
        await askAgent(started, pod, { path: "/turn", body: { holder: "another", release: true } });
    },
  },
  {
    step: "at the gate, with the turn taken",
    // The gate wants to hear every node; clients never ask for ROLE.
    arrange: async (started, { otherReplica }) =>
      void (await started.call(otherReplica, "ACL", "SETUSER", "default", "-role")),
    reached: logs("waits for the gate"),
    release: async (started, { otherReplica }) =>
      void (await started.call(otherReplica, "ACL", "SETUSER", "default", "+@all")),
  },
  {
    step: "with the candidate named, before CLUSTER FAILOVER got through",
    arrange: async (started, { candidate }) =>
      void (await started.call(candidate, "ACL", "SETUSER", "default", "-cluster|failover")),
    reached: logs("refused CLUSTER FAILOVER"),
    release: async (started, { candidate }) =>
      void (await started.call(candidate, "ACL", "SETUSER", "default", "+@all")),
  },
  {
    step: "just after CLUSTER FAILOVER was sent",
    arrange: async (started, { candidate }) => void (await started.call(candidate, "CONFIG", "RESETSTAT")),
    reached: (started, { candidate }) =>
      untilReply(started, candidate, {
        command: ["INFO", "commandstats"],
        seconds: 40,
        wanted: (reply) => reply.includes("cluster|failover"),
      }),
  },
  {
    step: "at the proof: the server is a replica by now",
    reached: (started, { primary }) =>
      untilReply(started, primary, { command: ["ROLE"], seconds: 40, wanted: (reply) => reply.startsWith("slave") }),
  },
  { step: "while it drains", reached: logs("drains") },
];

/** Stops a primary by its platform's own way under load, does something meanwhile, and judges what the clients saw. */
async function stopUnderLoad(
  started: TestCluster,
  cast: Cast,
  meanwhile: (logged: () => string) => Promise<void>,
): Promise<void> {
  const witness = await started.load(RATE);
  await sleep(500);
  const length = started.agentLog(cast.primary).length;
  const logged = (): string => started.agentLog(cast.primary).slice(length);
  askToStop(started, cast.primary);
  await meanwhile(logged);
  await until(`${cast.primary} to be stopped`, 60, () => isStopped(started, cast.primary));
  // Not "nothing to hand over": the clients got their time to learn the new map, also from an agent that found it done.
  expect(logged()).toMatch(/hand-over: .*"outcome":"done".*"drain":/);
  await sleep(500);
  const report = await witness.finish();
  expect({ ...flaws(report), errors: report.errors }).toEqual({ ...NO_FLAW, errors: {} });
  expect(report.commands).toBeGreaterThan(RATE);
  expect(await primaries(started)).toContain(cast.candidate);
  await started.up();
  await untilReady(started, 30);
}

describe("an agent is killed during a hand-over", () => {
  it.each(HANDOVER_MOMENTS)(
    "$step: the stop goes on with its next process, and no command fails",
    async ({ arrange, reached, release }) => {
      cluster = await startTestCluster();
      const started = cluster;
      const cast = await castOf(started, 0);
      await arrange?.(started, cast);
      await stopUnderLoad(started, cast, async (logged) => {
        await reached(started, cast, logged);
        killAgent(started, cast.primary);
        await release?.(started, cast);
      });
    },
  );
});

describe("the candidate's agent is killed during a hand-over", () => {
  it("before the hand-over asks for it: it is waited for, because its server lives", async () => {
    cluster = await startTestCluster();
    const started = cluster;
    const cast = await castOf(started, 0);
    freezeAgent(started, cast.candidate);
    await stopUnderLoad(started, cast, async (logged) => {
      await instantly("the hand-over to wait", 20, () => logged().includes("waits for"));
      killAgent(started, cast.candidate);
    });
  });

  it.each([
    { step: "while the gate is shut", moment: HANDOVER_MOMENTS[1] },
    { step: "before CLUSTER FAILOVER got through", moment: HANDOVER_MOMENTS[2] },
    { step: "just after CLUSTER FAILOVER was sent", moment: HANDOVER_MOMENTS[3] },
  ])("$step: no command fails", async ({ moment }) => {
    cluster = await startTestCluster();
    const started = cluster;
    const cast = await castOf(started, 0);
    await moment?.arrange?.(started, cast);
    await stopUnderLoad(started, cast, async (logged) => {
      await moment?.reached(started, cast, logged);
      killAgent(started, cast.candidate);
      await moment?.release?.(started, cast);
    });
    expect(started.processes(cast.candidate).agentRestarts).toBe(1);
  });
});

describe("both agents of a hand-over are killed at random moments", () => {
  it("shard after shard: no command fails, no write is lost", async () => {
    cluster = await startTestCluster();
    const started = cluster;
    for (const shard of [0, 1, 2]) {
      const cast = await castOf(started, shard);
      await stopUnderLoad(started, cast, async () => {
        await sleep(seededDelay(shard * 2 + 1, 2500));
        killAgent(started, cast.primary);
        await sleep(seededDelay(shard * 2 + 2, 1500));
        killAgent(started, cast.candidate);
      });
    }
  });
});

describe("all six agents are killed at rest", () => {
  it("the servers do not notice, the agents are back in 5 s, and a hand-over works right afterwards", async () => {
    cluster = await startTestCluster();
    const started = cluster;
    const servers = (): unknown[] => PODS.map((pod) => started.processes(pod).server);
    const before = servers();
    const witness = await started.load(RATE);
    await sleep(1000);
    for (const pod of PODS) killAgent(started, pod);
    const killedAt = performance.now();
    await until("six new agents", 5, async () => {
      const statuses = await Promise.all(PODS.map((pod) => started.status(pod)));
      return statuses.every((status) => status.ready.ready && status.agentUptimeMs < performance.now() - killedAt);
    });
    await untilReady(started, 5);
    expect(performance.now() - killedAt).toBeLessThan(5000);
    const [primary = ""] = await primaries(started);
    const result = await started.handOver(primary);
    expect(result.outcome).toBe("done");
    const report = await witness.finish();
    expect({ ...flaws(report), errors: report.errors }).toEqual({ ...NO_FLAW, errors: {} });
    expect(servers()).toEqual(before);
    expect(PODS.map((pod) => started.processes(pod).agentRestarts)).toEqual([1, 1, 1, 1, 1, 1]);
  });
});
