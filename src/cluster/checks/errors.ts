import { formatPlace } from "../format-node.js";
import type { CheckResult, Observed } from "./check.js";

/** A replica that answers a replicated command with an error has other data than its primary from then on, with its link up. */
export function checkErrors({ topology: { views } }: Observed): CheckResult[] {
  return [
    {
      id: "errors.unexpected",
      severity: "block",
      faults: views
        .filter((view) => view.server.unexpectedErrorReplies > 0)
        .map((view) => ({
          subject: formatPlace(view),
          evidence: `${formatPlace(view)}: unexpected_error_replies:${view.server.unexpectedErrorReplies}`,
        })),
      evidence: "unexpected_error_replies:0 on every node",
      advice:
        "the node's data may differ from its primary's: restart it so that it takes a full copy, and stop using commands that its version does not know",
    },
  ];
}
