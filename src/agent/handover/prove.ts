import { explain, failing } from "../../cluster/conditions.js";
import { handoverProof } from "../../cluster/handover.js";
import type { SlotRange } from "../../cluster/types.js";
import { introduce } from "../introduce.js";
import { addresses, type Attempt } from "./attempt.js";

/** How often this server is asked for its role while the failover runs. */
const ROLE_LOOK_MS = 5;
/**
 * Pause before each look at all nodes. Engines send the introduction in a loop that runs every 100 ms, so an earlier look finds nothing;
 * and it would take time of all servers in the very moment in which clients find their way.
 */
const PROOF_LOOK_MS = 60;

/** @returns true once this node's own server says that it follows another; false when it did not by the deadline */
export async function waitUntilDemoted(attempt: Attempt, deadline: number): Promise<boolean> {
  const own = await attempt.fleet.connection(attempt.config.announceAddress);
  for (;;) {
    const role = await own.call("ROLE");
    if (Array.isArray(role) && role[0] === "slave") return true;
    if (attempt.clock.now() > deadline) return false;
    await attempt.clock.sleep(ROLE_LOOK_MS);
  }
}

/**
 * Nodes whose role is new introduce themselves to every other. Otherwise the others learn of the demotion from the next ping to each
 * of them, up to seconds later; and one that read an old word of the heir after the news of its election (decision 0056) takes its
 * slots for unserved for as long.
 *
 * Where clients are sent to host names, the heir keeps silent: without its name the demoted node would send them to no address at all.
 */
async function tell(attempt: Attempt, heirId: string): Promise<void> {
  const { announceAddress, announceHostname, serverPort: port } = attempt.config;
  const heir = attempt.status().sees.find((sight) => sight.nodeId === heirId)?.address;
  const toOthers = async (who: string): Promise<void> => {
    const others = addresses(attempt).filter((address) => address !== who);
    await introduce(
      attempt.fleet,
      who,
      others.map((address) => ({ address, port })),
    );
  };
  await Promise.all([
    toOthers(announceAddress),
    // The slots are served whether or not it gets to say so.
    heir === undefined || announceHostname !== undefined ? undefined : toOthers(heir).catch(() => undefined),
  ]);
}

/** Waits until every view agrees. The slots are served already; a proof that is late delays the stop and nothing else. */
export async function prove(attempt: Attempt, candidateId: string, slots: readonly SlotRange[]): Promise<void> {
  await tell(attempt, candidateId);
  let told = attempt.clock.now();
  for (;;) {
    await attempt.clock.sleep(PROOF_LOOK_MS);
    const topology = await attempt.fleet.look(addresses(attempt));
    const open = failing(handoverProof({ topology, from: attempt.selfId, to: candidateId, slots }));
    if (open.length === 0) return;
    attempt.say(`waits for the proof: ${explain(open)}`);
    if (attempt.clock.now() > attempt.deadline) return;
    if (attempt.clock.now() - told > 1000) {
      await attempt.peers.refresh();
      await tell(attempt, candidateId);
      told = attempt.clock.now();
    }
  }
}
