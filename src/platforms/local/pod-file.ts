import { EvenkeelError } from "../../errors/evenkeel-error.js";
import { integer, oneOf, record, text } from "./check-shape.js";
import { readStateFile } from "./read-state-file.js";
import type { PodPaths } from "./state-paths.js";

/** What `pod.json` holds: what its kubelet cannot read from `cluster.json`. Never changes. */
export interface PodFile {
  readonly schema: 1;
  readonly pod: string;
  readonly ordinal: number;
  /** Path of the agent's bundle. */
  readonly agentProgram: string;
}

const podShape = record<PodFile>({ schema: oneOf(1), pod: text, ordinal: integer(0), agentProgram: text });

/**
 * Reads `pod.json`.
 *
 * @throws EvenkeelError `STATE_CORRUPT`, also when the file is missing
 */
export function readPodFile(paths: PodPaths): PodFile {
  const hint = "run evenkeel up: it writes the file anew";
  const pod = readStateFile(paths.podFile, podShape, { hint });
  if (pod !== undefined) return pod;
  throw new EvenkeelError(`the state file ${paths.podFile} is missing`, {
    code: "STATE_CORRUPT",
    owner: "environment",
    hint,
    details: { file: paths.podFile, where: "missing" },
  });
}
