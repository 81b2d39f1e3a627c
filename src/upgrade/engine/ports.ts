import type { Finding, Topology } from "../../cluster/types.js";
import type { Recorder } from "../../events/recorder.js";
import type { AgentClient } from "../../ports/agent-client.js";
import type { Clock } from "../../ports/clock.js";
import type { UpgradeStore } from "../../ports/journal.js";
import type { PodTemplate, UpgradePlatform } from "../../ports/platform.js";
import type { RunningWitness, WitnessReport } from "../../ports/witness.js";
import type { UpgradePolicy } from "../policy/policy.js";

/** What the engine works through; it knows no process and no pod network. */
export interface EnginePorts {
  readonly platform: UpgradePlatform;
  readonly agents: AgentClient;
  readonly clock: Clock;
  readonly store: UpgradeStore;
  /** Asks every node. */
  readonly observe: () => Promise<Topology>;
  /** All health checks. */
  readonly check: (topology: Topology) => Promise<readonly Finding[]>;
  /** How often each command was called on the primaries, by its name in small letters; undefined where nobody can tell. */
  readonly commandCalls?: (topology: Topology) => Promise<Readonly<Record<string, number>>>;
  /** Canary keys of every shard, written and read once; undefined where nobody wants them. */
  readonly canary?: {
    round(topology: Topology): Promise<{ readonly lost: number; readonly reason?: string }>;
    close(): void;
  };
  /** Puts real clients on the cluster; undefined with `--witness off`. */
  readonly startWitness?: () => Promise<RunningWitness>;
}

export interface EngineOptions {
  readonly cluster: string;
  readonly target: PodTemplate;
  readonly policy: UpgradePolicy;
  readonly acceptUnknownPair: boolean;
  readonly acceptDataLoss: boolean;
  /** One more replica per shard during the roll. */
  readonly surge: boolean;
  /** Who asks, for the lease and the journal. */
  readonly by: string;
  readonly recorder: Recorder;
  readonly signal?: AbortSignal | undefined;
}

/** How an upgrade or a rollback ended, when it ended by itself. */
export interface EngineOutcome {
  readonly result: "passed" | "rolled-back";
  readonly from: PodTemplate;
  readonly to: PodTemplate;
  /** Why it was taken back and what was done, in one paragraph; else what is worth knowing, mostly empty. */
  readonly reason: string;
  /** Elections meanwhile, by the cluster's own epoch. */
  readonly failovers: number;
  /** Milliseconds by phase. */
  readonly phases: Readonly<Record<string, number>>;
  /** Of every witness that ran, in order. */
  readonly witness: readonly WitnessReport[];
}
