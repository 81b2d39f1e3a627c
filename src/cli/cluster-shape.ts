import { EvenkeelError } from "../errors/evenkeel-error.js";

export interface ClusterShape {
  readonly shards: number;
  /** Of each shard. */
  readonly replicas: number;
}

export interface ShapeQuestion {
  readonly shards?: number;
  readonly replicas?: number;
  /** Pods in all. */
  readonly nodes?: number;
}

const DEFAULT_SHARDS = 3;
const DEFAULT_REPLICAS = 1;
/** A failed primary is replaced by the votes of a majority of primaries: two cannot outvote one. */
const MIN_SHARDS = 3;

function shapeError(message: string, hint: string, details: Readonly<Record<string, unknown>>): EvenkeelError {
  return new EvenkeelError(message, { code: "CLUSTER_SHAPE", owner: "user", hint, details });
}

/**
 * Shards and replicas from what was asked for; `nodes` stands for the one that was left out.
 * @throws EvenkeelError `CLUSTER_SHAPE` when the numbers do not fit together
 */
export function resolveShape(question: ShapeQuestion): ClusterShape {
  const { nodes } = question;
  const replicas = question.replicas ?? DEFAULT_REPLICAS;
  const perShard = 1 + replicas;
  const shards = question.shards ?? (nodes === undefined ? DEFAULT_SHARDS : Math.floor(nodes / perShard));
  if (question.shards === undefined && nodes !== undefined && shards < MIN_SHARDS) {
    const least = MIN_SHARDS * perShard;
    throw shapeError(
      `${nodes} nodes are not enough for ${MIN_SHARDS} shards with ${replicas} replicas each: ${least} are needed`,
      `give --nodes ${least}, or fewer --replicas`,
      { nodes, replicas, needed: least },
    );
  }
  if (shards < MIN_SHARDS) {
    throw shapeError(
      `${shards} shards cannot elect a new primary: ${MIN_SHARDS} are needed at least`,
      `give --shards ${MIN_SHARDS} or more`,
      { shards, needed: MIN_SHARDS },
    );
  }
  const needed = shards * perShard;
  if (nodes !== undefined && nodes !== needed) {
    const few = nodes < needed ? "not enough" : "more than are used";
    throw shapeError(
      `${nodes} nodes are ${few} for ${shards} shards with ${replicas} replicas each: that makes ${needed}`,
      `give --nodes ${needed}, or other --shards and --replicas`,
      { nodes, shards, replicas, needed },
    );
  }
  return { shards, replicas };
}
