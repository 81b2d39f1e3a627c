import { formatEngine } from "../engines.js";
import type { PairRow, PairVerdict } from "./pair.js";

const list = (words: readonly string[]): string =>
  words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} and ${words.at(-1)}`;

/** What the commit means, by what is left of the way back after it. */
function describeCommit({ wayBack, fullSync }: PairRow, old: string): string[] {
  const { afterCommit, why } = wayBack;
  switch (afterCommit) {
    case "full":
      return [`There is no point of no return: ${why}.`];
    case "full-after-wipe":
      return [
        `There is no point of no return, but after the commit going back means a full sync of every node: ${why}.`,
      ];
    case "snapshot-only":
      return [
        `The commit is the point of no return: ${why}. After it only the snapshot from before the upgrade is left, and what was written since is lost.`,
        ...(fullSync.back === "no"
          ? [
              `A copy on ${old} whose replication link breaks for longer than the backlog covers is lost as a way back, and is stopped: when it is the last one of its shard, the point of no return is passed there.`,
            ]
          : []),
      ];
    case "none":
      return [];
  }
}

function describeFiles({ snapshotReadable, nodesConf }: PairRow, old: string, next: string): string[] {
  const { removeForward, removeBack } = nodesConf;
  return [
    ...(snapshotReadable.forward === "no"
      ? [`${next} cannot read the files of ${old}: each node's are moved aside, and its shard syncs it whole.`]
      : []),
    ...(snapshotReadable.back === "no"
      ? [`${old} cannot read the files of ${next}: going back moves them aside, never deletes them.`]
      : []),
    ...(removeForward.length > 0
      ? [`Before ${next} starts, ${list(removeForward)} are taken out of nodes.conf, where they are there.`]
      : []),
    ...(removeBack.length > 0
      ? [`Before ${old} starts again, ${list(removeBack)} are taken out of nodes.conf, where they are there.`]
      : []),
  ];
}

function describeFreeze({ freezeUntilCommit, ordinary }: PairRow, old: string, next: string): string[] {
  const added = freezeUntilCommit.filter((feature) => !ordinary.includes(feature));
  return [
    ...(added.length > 0
      ? [`Until the commit no client may use ${list(added)}: a copy on ${old} drops them with only a line in its log.`]
      : []),
    ...(ordinary.length > 0
      ? [
          `The same holds for ${list(ordinary)}, which clients may be using today: ${next} hands them to its replicas in words that ${old} does not know.`,
        ]
      : []),
  ];
}

/**
 * What a plan prints of its pair, as sentences: may it roll, until when is there a way back and why, what must not be used, and where all
 * that is known from.
 */
export function describePair(verdict: PairVerdict): string[] {
  const [old, next] = [formatEngine(verdict.from), formatEngine(verdict.to)];
  if (!verdict.known) return [`Unknown pair: ${verdict.reason}.`];
  const { row } = verdict;
  if (row.roll === "refused") {
    return [
      `${old} to ${next} is refused: ${row.reason}.`,
      ...row.caveats.map((caveat) => `Instead: ${caveat}.`),
      `Source: ${row.source}.`,
    ];
  }
  return [
    ...row.settings.map(({ name, value, why }) => `Every node on ${next} needs \`${name} ${value}\`: ${why}.`),
    ...(row.stopBefore.length > 0
      ? [
          `Before the roll begins, stop using ${list(row.stopBefore)}, and remove what was made with them: ${next} does not know or cannot load it.`,
        ]
      : []),
    `Until the commit every shard keeps a copy in step on ${old}: going back is a hand-over, and nothing is lost.`,
    ...describeCommit(row, old),
    ...describeFreeze(row, old, next),
    ...describeFiles(row, old, next),
    ...row.caveats.map((caveat) => `Mind: ${caveat}.`),
    `Source: ${row.source}.`,
  ];
}
