/** Node's flags for an agent: a small heap, collected early, and no threads that a few timers do not need. */
export const AGENT_NODE_FLAGS: readonly string[] = ["--max-old-space-size=32", "--max-semi-space-size=1"];

/** Node's flags for a kubelet, which does less than an agent. */
export const KUBELET_NODE_FLAGS: readonly string[] = ["--max-old-space-size=16", "--max-semi-space-size=1"];
