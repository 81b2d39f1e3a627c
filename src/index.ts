/**
 * Evenkeel as a library: what the command line is made of.
 *
 * @example
 * import { connectNode, observeAll, runChecks, DEFAULT_POLICY } from "evenkeel";
 * const topology = await observeAll([{ address: "127.0.0.1", port: 6379 }]);
 * const findings = runChecks({ topology, facts: [], policy: DEFAULT_POLICY });
 */
export * from "./cluster/index.js";
export { EvenkeelError, EXIT, isEvenkeelError } from "./errors/evenkeel-error.js";
export { createRecorder, type Recorder, type Span } from "./events/recorder.js";
export { EVENTS } from "./events/registry.js";
export type { AgentClient } from "./ports/agent-client.js";
export type { Clock } from "./ports/clock.js";
export type { Event, EventSink } from "./ports/event-sink.js";
export type { Platform, Pod, PodTemplate } from "./ports/platform.js";
export { systemClock } from "./ports/system-clock.js";
export type { RunningWitness, WitnessReport, WitnessWindow } from "./ports/witness.js";
export { connectNode, type NodeConnection } from "./redis/connect-node.js";
export { observeAll } from "./redis/observe-all.js";
export { observeNode } from "./redis/observe-node.js";
export type { EngineOptions, EngineOutcome, EnginePorts } from "./upgrade/engine/ports.js";
export { runRollback } from "./upgrade/engine/run-rollback.js";
export { runUpgrade } from "./upgrade/engine/run-upgrade.js";
export { planRollback } from "./upgrade/plan/plan-rollback.js";
export { planUpgrade } from "./upgrade/plan/plan-upgrade.js";
export type { Plan, Step } from "./upgrade/plan/types.js";
export { DEFAULT_POLICY as DEFAULT_UPGRADE_POLICY, type UpgradePolicy } from "./upgrade/policy/policy.js";
export { startWitness } from "./witness/start-witness.js";
