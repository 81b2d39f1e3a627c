import type { Placement } from "../../cluster/types.js";
import type { PodPhase } from "../../ports/platform.js";
import { flag, integer, oneOf, optional, record, text } from "./check-shape.js";
import { placementShape, serverTemplateShape } from "./cluster-file.js";
import type { ServerTemplate } from "./cluster-file.js";
import { processIdentityShape } from "./process-identity.js";
import type { ProcessIdentity } from "./process-identity.js";
import { readStateFile } from "./read-state-file.js";
import type { PodPaths } from "./state-paths.js";

/** What `status.json` holds: all that a kubelet says of its pod, and all that a later kubelet needs to adopt it. */
export interface PodStatus {
  readonly pod: string;
  readonly ordinal: number;
  /** New with every pod; empty before the first. */
  readonly uid: string;
  readonly phase: PodPhase;
  readonly ready: boolean;
  /** Where the server answers; empty while the pod has no address. */
  readonly address: string;
  readonly port: number;
  /** The address that the kubelet holds, or held last: where its control API is. */
  readonly controlAddress: string;
  readonly placement: Placement;
  /** What the present (or last) pod runs. */
  readonly template: ServerTemplate;
  readonly kubelet: ProcessIdentity | null;
  readonly server: ProcessIdentity | null;
  readonly agent: ProcessIdentity | null;
  /** Of the server, within this pod. */
  readonly containerRestarts: number;
  /** How the server last ended by itself. */
  readonly lastExit?: string;
  readonly agentRestarts: number;
  readonly reason: string;
  /** ISO 8601; when the present pod was started. */
  readonly startedAt: string;
}

const identityShape = optional(processIdentityShape);

const statusShape = record<PodStatus>({
  pod: text,
  ordinal: integer(0),
  uid: text,
  phase: oneOf("starting", "running", "terminating", "stopped", "crashed"),
  ready: flag,
  address: text,
  port: integer(1, 65_535),
  controlAddress: text,
  placement: placementShape,
  template: serverTemplateShape,
  kubelet: identityShape,
  server: identityShape,
  agent: identityShape,
  containerRestarts: integer(0),
  lastExit: optional(text),
  agentRestarts: integer(0),
  reason: text,
  startedAt: text,
});

/**
 * Reads what the kubelet last wrote; undefined when no kubelet ever ran for this pod.
 *
 * @throws EvenkeelError `STATE_CORRUPT`
 */
export function readPodStatus(paths: PodPaths): PodStatus | undefined {
  return readStateFile(paths.statusFile, statusShape, {
    hint: "remove the file and run evenkeel up: the pod's kubelet writes it anew",
  });
}
