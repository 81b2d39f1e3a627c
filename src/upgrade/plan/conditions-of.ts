import type { Act, Step } from "./types.js";

export interface Around {
  /** Replicas of the shard before the step. */
  readonly copies: number;
  /** The plan leads back to the former version. */
  readonly back: boolean;
}

/** What must hold before an act, what proves it, and what it costs: sentences for people. */
export function conditionsOf(act: Act, around: Around): Pick<Step, "before" | "proof" | "cost"> {
  switch (act.kind) {
    case "check":
      return {
        before: act.when === "pre" ? ["nothing was changed yet"] : ["every pod runs what it should"],
        proof: ["no check blocks"],
        cost: "none",
      };
    case "try-configuration":
      return {
        before: ["the target engine is at hand"],
        proof: ["a throwaway server of the target starts with the cluster's own configuration"],
        cost: "none: it serves nobody",
      };
    case "snapshot":
      return {
        before: ["room on the disk for the snapshot", `${act.pod} is in step`],
        proof: ["the snapshot is kept aside and its own engine loads it"],
        cost: `a fork of the server of ${act.pod}`,
      };
    case "stage":
      return {
        before: [],
        proof: ["the platform's template is the wanted one", "no pod restarted"],
        cost: "none: nothing rolls",
      };
    case "add-replica":
      return {
        before: [`${act.primary} answers`],
        proof: ["the new replica is in step with its primary", "every view knows it"],
        cost: `a full copy of shard ${act.shard} from its primary`,
      };
    case "roll":
      return rollConditions(act, around);
    case "hand-over":
      return {
        before: [
          `${act.to} is in step with ${act.pod}`,
          `every view knows ${act.to} as a connected replica of ${act.pod}`,
          "no other hand-over runs",
          `${act.to} was not promoted in this process within 4 x node-timeout`,
        ],
        proof: [
          `ROLE says primary on ${act.to} and connected replica on ${act.pod}`,
          "all views have the same roles and slots",
          `clients have left ${act.pod}`,
        ],
        cost: `writes of shard ${act.shard} wait for 10 to 50 ms; connections that block (BLPOP, WAIT) may be cut`,
      };
    case "soak":
      return {
        before: ["no limit is passed"],
        proof: [`no limit is passed for ${act.ms} ms`, "no pod restarted"],
        cost: "none: it watches",
      };
    case "remove-replica":
      return {
        before: [`${act.pod} owns no slots`, `another replica of shard ${act.shard} is in step`],
        proof: [`${act.pod} is gone from every view`],
        cost: `one copy less of shard ${act.shard}`,
      };
    case "restore":
      return {
        before: [`the loss of data was accepted`, `snapshot ${act.snapshotSet} has shard ${act.shard}`],
        proof: [`shard ${act.shard} serves the snapshot's data on the former version`],
        cost: `shard ${act.shard} does not serve meanwhile; what was written since the snapshot is lost`,
      };
    case "finish":
      return {
        before: ["the checks passed"],
        proof: ["the platform is in its resting state", "no pod restarted"],
        cost: "none",
      };
  }
}

function rollConditions(
  { shard, pod }: Extract<Act, { kind: "roll" }>,
  { copies, back }: Around,
): Pick<Step, "before" | "proof" | "cost"> {
  if (shard < 0) {
    return {
      before: [`${pod} is no member of the cluster`],
      proof: [`${pod} runs the wanted version`],
      cost: "none: it serves nobody",
    };
  }
  return {
    before: [
      `${pod} owns no slots`,
      `the primary of shard ${shard} answers`,
      "no other pod is being replaced",
      ...(back ? ["data that the former engine cannot read is moved aside, never deleted"] : []),
    ],
    proof: [`${pod} runs the wanted version`, `${pod} is in step with its primary`, "all views agree"],
    cost:
      copies <= 1
        ? `shard ${shard} has one copy only until ${pod} is in step again; reads from ${pod} are refused meanwhile`
        : `${copies} instead of ${copies + 1} copies of shard ${shard}; reads from ${pod} are refused meanwhile`,
  };
}
