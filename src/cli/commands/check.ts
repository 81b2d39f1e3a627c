import { DEFAULT_POLICY, POLICY_AFTER_CHANGE, runChecks } from "../../cluster/checks/index.js";
import type { Finding } from "../../cluster/types.js";
import { EXIT, type ExitCode } from "../../errors/evenkeel-error.js";
import type { CommandContext } from "../context.js";
import { toNodeFacts } from "../node-facts.js";
import { openCluster } from "../open-cluster.js";
import { countFindings, renderFindings } from "../render-findings.js";

export interface CheckOptions {
  /** Before a change, or after it: the same list, so that both can be compared; after it, nothing blocks for where pods stand. */
  readonly when: "pre" | "post";
}

function describe({ id, status, evidence }: Finding): string {
  return `${id}: ${status}: ${evidence}`;
}

/*
 * An upgrade calls this before and after every step, people before every change: it has to be quick. No schema library, no
 * client library, no engine search may be loaded on its path.
 */

/** Every health check with its evidence. Exit code 3 when one blocks. */
export async function run(context: CommandContext, { when }: CheckOptions): Promise<ExitCode> {
  const { recorder, color } = context;
  const { name, look, shards, replicas } = await openCluster(context);
  const { topology, pods } = await look();
  const findings = runChecks({
    topology,
    facts: toNodeFacts(pods),
    expected: { shards, replicas, nodes: pods.length },
    policy: when === "post" ? POLICY_AFTER_CHANGE : DEFAULT_POLICY,
  });
  for (const finding of findings) recorder.emit("CHECK_FINDING", describe(finding), finding);
  const counts = countFindings(findings);
  const text = renderFindings(findings, { color });
  recorder.emit("CHECK_DONE", text.trimEnd().split("\n").at(-1) ?? "", counts);
  const result = counts.blocking > 0 ? "blocked" : counts.warnings > 0 ? "warnings" : "passed";
  context.printResult(text, { result, when, cluster: name, ...counts, findings });
  return counts.blocking > 0 ? EXIT.refused : EXIT.done;
}
