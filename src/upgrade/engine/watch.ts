import type { Topology } from "../../cluster/types.js";
import type { RunningWitness, WitnessReport } from "../../ports/witness.js";
import { createGuard, type Verdict } from "../guard/guard.js";
import { createOutageLog, type Outage } from "./outages.js";
import type { EngineOptions, EnginePorts } from "./ports.js";

/** How often the cluster itself is looked at while the witness watches as a client. */
const LOOK_MS = 500;
/** A witness that is gone is started again, but not more often than this. */
const WITNESS_AGAIN_MS = 10_000;

const WITNESS_GONE: Verdict = {
  kind: "inconclusive",
  limit: "silence",
  reason: "the witness ended by itself; it is started again",
};

/** Watches while steps run, and says what it thinks at any moment. */
export interface Watch {
  verdict(): Verdict;
  /** Resolves once the first witness writes; rejects when it could not be started. What changes nothing need not wait for it. */
  ready(): Promise<void>;
  /** Ends the present witness with its read-back and starts the next: what it found is known before the next phase. */
  readBack(): Promise<WitnessReport | undefined>;
  /** For how long slots had nobody who served them. */
  outages(): readonly Outage[];
  /** Ends everything; the reports of all witnesses. */
  end(): Promise<readonly WitnessReport[]>;
}

/** Of replicas that follow: one that is receiving a full copy is not behind, it has not begun. */
function lagBytes(topology: Topology): number {
  const lags = topology.shards.flatMap(({ primary, replicas }) => {
    const lead = primary.view?.server.replicationOffset;
    return replicas.flatMap(({ view }) =>
      lead === undefined || view?.server.primaryLinkUp !== true
        ? []
        : [Math.max(0, lead - view.server.replicationOffset)],
    );
  });
  return Math.max(0, ...lags);
}

/** Begins to look at the cluster, and to start the witness. */
export function startWatch(ports: EnginePorts, options: EngineOptions): Watch {
  const { clock } = ports;
  const { recorder, policy } = options;
  const guard = createGuard({ policy, clock, witnessed: ports.startWitness !== undefined });
  const reports: WitnessReport[] = [];
  const outages = createOutageLog();
  const stop = new AbortController();
  let witness: RunningWitness | undefined;
  let told: Verdict["kind"] = "ok";
  let startedAt = Number.NEGATIVE_INFINITY;
  /** It ended by itself: not one that we ended for its read-back. */
  let gone = false;

  const startWitness = async (): Promise<void> => {
    startedAt = clock.now();
    gone = false;
    const started = await ports.startWitness?.();
    witness = started;
    started?.onWindow((window) => guard.addWindow(window));
    started?.ended.catch(() => {
      if (witness !== started) return;
      witness = undefined;
      gone = true;
    });
  };
  const judge = (): Verdict => {
    const verdict = guard.verdict();
    // Nobody has to wait for its silence to know that it cannot tell.
    return gone && verdict.kind !== "hard" ? WITNESS_GONE : verdict;
  };
  const look = async (): Promise<void> => {
    const topology = await ports.observe();
    outages.add(topology, clock.now());
    const canary = await ports.canary?.round(topology).catch(() => undefined);
    guard.addObservation({
      atMs: clock.now(),
      clusterOk: topology.views.length > 0 && topology.views.every((view) => view.cluster.state === "ok"),
      lagBytes: lagBytes(topology),
      canaryLost: canary?.lost ?? 0,
      unreachable: topology.unreachable.map((one) => `${one.address}:${one.port}`),
    });
    const verdict = judge();
    if (verdict.kind !== told) {
      told = verdict.kind;
      const reason = "reason" in verdict ? verdict.reason : "within every limit";
      recorder.emit("GUARD_VERDICT", `${verdict.kind}: ${reason}`, { verdict: verdict.kind, reason });
    }
  };
  const loop = async (): Promise<void> => {
    while (!stop.signal.aborted) {
      await look().catch(() => undefined);
      if (gone && clock.now() - startedAt > WITNESS_AGAIN_MS) await startWitness().catch(() => (gone = true));
      await clock.sleep(LOOK_MS, stop.signal).catch(() => undefined);
    }
  };
  const finishWitness = async (): Promise<WitnessReport | undefined> => {
    const running = witness;
    witness = undefined;
    if (!running) return undefined;
    // The pause between two witnesses is ours, not a silence of the clients.
    guard.pauseWitness();
    const report = await running.finish();
    reports.push(report);
    return report;
  };

  const starting = startWitness();
  starting.catch(() => undefined);
  const looping = loop();
  return {
    verdict: judge,
    ready: () => starting,
    outages: () => outages.list(clock.now()),
    readBack: async () => {
      const finishing = finishWitness();
      // The next one connects while this one reads back: the upgrade waits for the longer of the two only.
      const [report] = await Promise.all([finishing, startWitness()]);
      return report;
    },
    end: async () => {
      stop.abort();
      await looping;
      ports.canary?.close();
      await starting.catch(() => undefined);
      await finishWitness().catch(() => undefined);
      return reports;
    },
  };
}
