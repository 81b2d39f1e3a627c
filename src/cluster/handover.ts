/** The judgement of a hand-over: who may receive the slots, whether it may begin, whether it is proven. */
export { type Candidates, chooseCandidates } from "./choose-candidates.js";
export { handoverGate, type HandoverGateFacts } from "./handover-gate.js";
export { historyWaitMs, type HistoryFacts } from "./handover-history.js";
export { handoverProof, type HandoverProofFacts } from "./handover-proof.js";
