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
export { planUpgrade, type UpgradePlan, type UpgradeStep } from "./upgrade/plan.js";
export { runUpgrade, type UpgradeOptions, type UpgradePorts } from "./upgrade/run-upgrade.js";
export { startWitness } from "./witness/start-witness.js";
