import { AGENT_HTTP_PORT } from "../../../cluster/constants.js";
import { snapshotUrl } from "../../../agent/routes/download.js";
import { EvenkeelError, isEvenkeelError } from "../../../errors/evenkeel-error.js";
import type { Pod, Snapshot, UpgradePlatform } from "../../../ports/platform.js";
import { callApi } from "../api/api-error.js";
import { templateOf } from "../pods/template-of.js";
import type { KubeRelease } from "../release/find-release.js";
import { runTrial, type Trial } from "../trial/run-trial.js";
import { askAgent } from "./ask-agent.js";

const LIST_TIMEOUT_MS = 10_000;
const LOAD_DEADLINE_MS = 900_000;

export interface KubeSnapshots extends Omit<Trial, "deadlineMs"> {
  readonly release: KubeRelease;
}

type Request = Parameters<UpgradePlatform["snapshot"]>[0];

/** What the agent says of the file that its server saved. */
interface Saved {
  readonly takenAt: string;
  readonly bytes: number;
  readonly path: string;
}

function failed(pod: string, why: string, cause?: unknown): EvenkeelError {
  return new EvenkeelError(`the data of ${pod} could not be kept aside: ${why}`, {
    code: "SNAPSHOT_FAILED",
    owner: "environment",
    retryable: true,
    hint: `look at its disk and its log: kubectl logs ${pod} -c server`,
    details: { pod },
    cause,
  });
}

/**
 * The agent of the pod saves its server's data into its own volume; a throwaway pod of the same engine fetches and loads it
 * before it counts.
 * @throws EvenkeelError `SNAPSHOT_FAILED`, `DISK_FULL`
 */
export async function takeSnapshot({ set, shard, pod, slots }: Request, deps: KubeSnapshots): Promise<Snapshot> {
  const { api, caller, release } = deps;
  const source = await callApi(`read the pod ${pod}`, () =>
    api.core.readNamespacedPod({ namespace: api.namespace, name: pod }),
  );
  // What was not kept does not count: asked again, its server saves again.
  const saved = await askAgent<Saved>(pod, { path: "/snapshot", body: { set, shard } }, { ...deps, failed });
  const url = snapshotUrl(source.status?.podIP ?? "", AGENT_HTTP_PORT, { set, shard });
  const template = templateOf(source);
  const loaded = await runTrial(
    { release, source, template, snapshotUrl: url },
    { ...deps, deadlineMs: LOAD_DEADLINE_MS },
  );
  if (!loaded.served) throw failed(pod, `its own engine does not load it: ${loaded.reason}`);
  const { takenAt, bytes, path } = saved;
  const snapshot: Snapshot = {
    id: `${takenAt}-${set}-${String(shard).padStart(3, "0")}`,
    set,
    shard,
    slots,
    template,
    takenAt,
    keys: loaded.keys,
    bytes,
    place: `${pod}:${path}`,
  };
  await caller.json(pod, { path: "/snapshot/keep", body: { set, shard, facts: snapshot }, timeoutMs: LIST_TIMEOUT_MS });
  return snapshot;
}

/** The snapshots in the volumes of all pods whose agents answer, oldest first. */
export async function listSnapshots(pods: readonly Pod[], { caller }: KubeSnapshots): Promise<readonly Snapshot[]> {
  const lists = await Promise.all(
    pods
      .filter(({ uid }) => uid !== "")
      .map(({ name }) =>
        caller
          .json<{ snapshots: readonly Snapshot[] }>(name, { path: "/snapshots", timeoutMs: LIST_TIMEOUT_MS })
          .catch((error: unknown) => {
            if (isEvenkeelError(error) && error.code === "AGENT_UNREACHABLE") return { snapshots: [] };
            throw error;
          }),
      ),
  );
  return lists.flatMap(({ snapshots }) => snapshots).toSorted((a, b) => a.id.localeCompare(b.id));
}
