import type { CheckResult, Observed } from "./check.js";

/** All views tell of the same roles, slots, addresses and nodes. Flags and links have checks of their own. */
export function checkViews({ topology }: Observed): CheckResult[] {
  const { views, nodes, disagreements } = topology;
  const placeOf = (id: string): string | undefined => {
    const node = nodes.find((one) => one.id === id);
    return node && `${node.address}:${node.port}`;
  };
  const faults = disagreements
    .filter(({ kind }) => !["flags", "link"].includes(kind))
    .map(({ about, message }) => {
      const subject = placeOf(about);
      return { evidence: message, ...(subject === undefined ? {} : { subject }) };
    });
  return [
    {
      id: "views.agree",
      severity: "block",
      faults,
      evidence: `${views.length} views agree on roles, slots, addresses and epochs`,
      advice:
        "wait a few seconds for the nodes to tell each other; if it stays, let the node that is wrong meet the others (CLUSTER MEET)",
    },
  ];
}
