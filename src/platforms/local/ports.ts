import { AGENT_CONTROL_PORT, AGENT_HTTP_PORT, BUS_PORT_OFFSET, SERVER_PORT } from "../../cluster/constants.js";

/** The local kubelet's control API, on the pod's own address. Binding it is the claim on the address. */
export const KUBELET_PORT = 9639;

/** Every port that a pod needs on its address. */
export const POD_PORTS: readonly number[] = [
  KUBELET_PORT,
  SERVER_PORT,
  AGENT_CONTROL_PORT,
  AGENT_HTTP_PORT,
  SERVER_PORT + BUS_PORT_OFFSET,
];
