/** The judgement of a hand-over: who may receive the slots, whether it may begin, whether it is proven. */
export { chooseCandidates } from "./choose-candidates.js";
export { handoverGate, type HandoverGateFacts } from "./handover-gate.js";
export { historyWaitMs } from "./handover-history.js";
export { handoverProof } from "./handover-proof.js";
