import { setTimeout as sleep } from "node:timers/promises";
import type { RestoreCall } from "../../../agent/routes/restore.js";
import { EvenkeelError } from "../../../errors/evenkeel-error.js";
import type { Pod, PodTemplate, UpgradePlatform } from "../../../ports/platform.js";
import type { AgentCaller } from "../agents/call-agent.js";
import type { KubeApi } from "../api/connect.js";
import { deletePod } from "../pods/delete-pod.js";
import { askAgent } from "./ask-agent.js";

export interface RestoreDeps {
  readonly api: KubeApi;
  readonly caller: AgentCaller;
  readonly pods: () => Promise<readonly Pod[]>;
  /** What the next pods run. */
  readonly template: PodTemplate;
  readonly signal?: AbortSignal | undefined;
}

type Request = Parameters<UpgradePlatform["restoreShard"]>[0];

/** A pod at the moment in which it was asked. */
type Asked = Pick<Pod, "name" | "uid">;

/** A pod that ends takes its grace period, and the next one may wait for a node and for its volume. */
const DEADLINE_MS = 300_000;
const LOOK_MS = 250;
const WITHDRAW_TIMEOUT_MS = 3000;

function failed(pod: string, why: string, cause?: unknown): EvenkeelError {
  return new EvenkeelError(`the shard of ${pod} cannot be put back to its snapshot: ${why}; nothing was stopped`, {
    code: "RESTORE_FAILED",
    owner: "environment",
    retryable: true,
    hint: "evenkeel status, then the same command again",
    details: { pod },
    cause,
  });
}

/** @throws EvenkeelError `PODS_LEFT` when it is not reached in time */
async function until<T>(
  what: string,
  look: (pods: readonly Pod[]) => T | string,
  { pods, signal }: RestoreDeps,
): Promise<Exclude<T, string>> {
  for (const end = performance.now() + DEADLINE_MS; ; await sleep(LOOK_MS, undefined, signal ? { signal } : {})) {
    const seen = look(await pods());
    if (typeof seen !== "string") return seen as Exclude<T, string>;
    if (performance.now() < end) continue;
    throw new EvenkeelError(`${what}: not within ${DEADLINE_MS / 1000} s: ${seen}`, {
      code: "PODS_LEFT",
      owner: "environment",
      retryable: true,
      hint: "kubectl describe pod says what it waits for; then the same command again",
    });
  }
}

/** Asks a pod what its next one shall do. One that is being replaced is waited for: it may still be the one with the newer data. */
async function ask(name: string, body: RestoreCall, deps: RestoreDeps): Promise<Asked> {
  const standing = await until(
    `${name} to stand`,
    (pods) => {
      const pod = pods.find((one) => one.name === name);
      if (pod === undefined) return "there is no such pod";
      return pod.uid === "" || pod.phase === "terminating" ? pod.reason : pod;
    },
    deps,
  );
  await askAgent(name, { path: "/restore", body }, { ...deps, failed });
  return standing;
}

/** Best effort: one that stays asked stops without a hand-over for some minutes, should somebody stop it. */
async function withdraw(asked: readonly string[], { caller }: RestoreDeps): Promise<void> {
  const call = { path: "/restore/withdraw", body: {}, timeoutMs: WITHDRAW_TIMEOUT_MS };
  await Promise.allSettled(asked.map((name) => caller.json(name, call)));
}

/** First the primary, which fetches the snapshot: what it refuses is refused before anything is stopped. */
async function askAll({ snapshot, primary, replicas }: Request, deps: RestoreDeps): Promise<[Asked, ...Asked[]]> {
  const { set, shard, bytes, place } = snapshot;
  const holder = place.slice(0, place.indexOf(":"));
  const call = { set, shard, bytes, template: deps.template };
  const from = holder === primary ? {} : { from: holder };
  try {
    const asked: [Asked, ...Asked[]] = [await ask(primary, { ...call, role: "primary", ...from }, deps)];
    for (const name of replicas) asked.push(await ask(name, { ...call, role: "replica" }, deps));
    return asked;
  } catch (error) {
    await withdraw([primary, ...replicas], deps);
    throw error;
  }
}

const isStill = (pods: readonly Pod[], { name, uid }: Asked): boolean =>
  pods.some((pod) => pod.name === name && pod.uid === uid);

const uidOf = (pods: readonly Pod[], { name }: Asked): string => pods.find((pod) => pod.name === name)?.uid ?? "";

/**
 * Puts one shard back to its snapshot. The agents are asked first, and keep it in their volumes: pods that are asked stop without
 * a hand-over, and the ones that follow them move their data aside before their servers start, the primary's on the snapshot and
 * the replicas' empty. The replicas go first, and are waited for: one that still had the newer data would be elected while
 * the primary is away.
 * @throws EvenkeelError `RESTORE_FAILED` and `DISK_FULL` before anything is stopped; `PODS_LEFT`, `POD_CHANGED`, those of the API
 */
export async function restoreShard(request: Request, deps: RestoreDeps): Promise<void> {
  const [primary, ...replicas] = await askAll(request, deps);
  for (const { name, uid } of replicas) await deletePod(deps.api, name, uid);
  await until(
    "the replicas to stop",
    (pods) => {
      const left = replicas.filter((one) => isStill(pods, one));
      return left.length === 0 ? true : `${left.map(({ name }) => name).join(", ")} has not stopped`;
    },
    deps,
  );
  await deletePod(deps.api, primary.name, primary.uid);
  await until(
    "the next pods to start",
    (pods) => {
      const old = [primary, ...replicas].filter((one) => isStill(pods, one) || uidOf(pods, one) === "");
      return old.length === 0 ? true : `${old.map(({ name }) => name).join(", ")} has not been started anew`;
    },
    deps,
  );
}
