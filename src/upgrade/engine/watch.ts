import type { Topology } from "../../cluster/types.js";
import type { WitnessReport } from "../../ports/witness.js";
import { createGuard, type Verdict } from "../guard/guard.js";
import { keepWitness } from "./keep-witness.js";
import { createCopyLog, type LostCopy } from "./lost-copies.js";
import { createOutageLog, type Outage } from "./outages.js";
import type { EngineOptions, EnginePorts } from "./ports.js";

/** How often the cluster itself is looked at while the witness watches as a client. */
const LOOK_MS = 500;

/** Watches while steps run, and says what it thinks at any moment. */
export interface Watch {
  verdict(): Verdict;
  /** Resolves once the newest witness writes; rejects when it could not be started. What changes nothing need not wait for it. */
  ready(): Promise<void>;
  /** Ends the present witness with its read-back, and lets the next one start: what was found is known before the next phase. */
  readBack(): Promise<WitnessReport | undefined>;
  /** For how long slots had nobody who served them. */
  outages(): readonly Outage[];
  /** Copies that will not be in step again, by the newest look. */
  lostCopies(): readonly LostCopy[];
  /** Ends everything; the reports of all witnesses. */
  end(): Promise<readonly WitnessReport[]>;
  /** What was written and never read back, as sentences; complete after the end. */
  unread(): readonly string[];
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
  const witness = keepWitness(ports, guard);
  const outages = createOutageLog();
  const copies = createCopyLog();
  const stop = new AbortController();
  let told: Verdict["kind"] = "ok";

  const judge = (): Verdict => {
    const verdict = guard.verdict();
    // Nobody has to wait for its silence to know that it cannot tell.
    const gone = witness.gone();
    return gone === undefined || verdict.kind === "hard"
      ? verdict
      : { kind: "inconclusive", limit: "silence", reason: gone };
  };
  const look = async (): Promise<void> => {
    const topology = await ports.observe();
    outages.add(topology, clock.now());
    copies.add(topology);
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
      witness.tend();
      await clock.sleep(LOOK_MS, stop.signal).catch(() => undefined);
    }
  };

  const looping = loop();
  return {
    verdict: judge,
    ready: () => witness.ready(),
    outages: () => outages.list(clock.now()),
    readBack: () => witness.readBack(),
    lostCopies: () => copies.list(),
    unread: () => witness.unread(),
    end: async () => {
      stop.abort();
      await looping;
      ports.canary?.close();
      return witness.end();
    },
  };
}
