import { formatPlace } from "../format-node.js";
import type { Shard, TopologyNode, View } from "../types.js";
import type { CheckResult, Fault, Observed } from "./check.js";

interface Pair {
  readonly primary: TopologyNode;
  readonly replica: TopologyNode;
  readonly view: View;
}

const pairsOf = ({ primary, replicas }: Shard): Pair[] =>
  replicas.flatMap((replica) => (replica.view ? [{ primary, replica, view: replica.view }] : []));

/** Every replica is linked to its own primary and in step with it. */
export function checkReplication({ topology, policy }: Observed): CheckResult[] {
  const pairs = topology.shards.flatMap(pairsOf);
  return [
    {
      id: "replica.link",
      severity: "block",
      faults: pairs.flatMap(linkFault),
      evidence: `${pairs.length} of ${pairs.length} replicas have their link up`,
      advice:
        "see in the replica's log why; if it follows an old address, CLUSTER REPLICATE with its primary's id mends it",
    },
    {
      id: "replica.sync",
      severity: "block",
      faults: pairs
        .filter(({ view }) => view.server.syncInProgress)
        .map(({ view }) => fault(view, "is receiving a full copy")),
      evidence: "no full copy is being received",
      advice: "wait until the copy is complete",
    },
    {
      id: "replica.lag",
      severity: "block",
      faults: pairs.flatMap((pair) => lagFault(pair, policy.lagMaxBytes)),
      evidence: `every replica is within ${policy.lagMaxBytes} bytes of its primary`,
      advice:
        "wait until it has caught up; if the lag does not shrink, look at the load, the network and the replica's disk",
    },
    {
      id: "replica.history",
      severity: "block",
      faults: pairs
        .filter(
          ({ primary, view }) =>
            view.server.primaryLinkUp &&
            primary.view &&
            primary.view.server.replicationId !== view.server.replicationId,
        )
        .map(({ view }) => fault(view, `has replication id ${view.server.replicationId}, its primary another`)),
      evidence: "every replica has the replication id of its primary",
      advice: "wait for the next sync; if it stays, restart the replica so that it takes a full copy",
    },
  ];
}

const fault = (view: View, what: string): Fault => ({
  subject: formatPlace(view),
  evidence: `${formatPlace(view)} ${what}`,
});

function linkFault({ primary, view }: Pair): Fault[] {
  const { server, role } = view;
  const followed =
    role.role === "replica" ? formatPlace({ address: role.primaryAddress, port: role.primaryPort }) : "nobody";
  if (server.primaryLinkUp === true) return [];
  const since =
    server.primaryLinkDownSeconds === undefined || server.primaryLinkDownSeconds < 0
      ? ""
      : ` for ${server.primaryLinkDownSeconds} s`;
  return [fault(view, `has its link to its primary ${formatPlace(primary)} down${since} (it dials ${followed})`)];
}

function lagFault({ primary, view }: Pair, maxBytes: number): Fault[] {
  const offset = primary.view?.server.replicationOffset;
  if (offset === undefined) return [];
  const lag = offset - view.server.replicationOffset;
  return lag > maxBytes ? [fault(view, `is ${lag} bytes behind ${formatPlace(primary)}`)] : [];
}
