import { EvenkeelError } from "../../errors/evenkeel-error.js";
import type { Topology } from "../../cluster/types.js";
import type { Pod, PodTemplate, UpgradePlatform } from "../../ports/platform.js";
import type { AgentCaller } from "./agents/call-agent.js";
import type { AgentEyes } from "./agents/observe-agents.js";
import { callApi } from "./api/api-error.js";
import type { KubeApi } from "./api/connect.js";
import { imageName } from "./helm/target-image.js";
import { readHelmRelease } from "./helm/release-record.js";
import { allValues, type HelmSettings } from "./helm/upgrade-release.js";
import { overlay } from "./helm/values.js";
import { deletePod } from "./pods/delete-pod.js";
import { createPodList } from "./pods/list-pods.js";
import { templateOf } from "./pods/template-of.js";
import type { KubeRelease } from "./release/find-release.js";
import { addReplica, planRemoval, removeReplica, type ReplicaDeps } from "./release/replicas.js";
import { imageValuesFor, stageTemplate, type Staging, unstage } from "./release/stage.js";
import { createReleaseState } from "./release/state.js";
import { listSnapshots, takeSnapshot } from "./snapshots/kube-snapshots.js";
import { restoreShard } from "./snapshots/restore-shard.js";
import { tryConfiguration } from "./trial/try-configuration.js";
import { createMapStore } from "./upgrade-store/config-map.js";

export interface KubernetesPlatformOptions {
  readonly api: KubeApi;
  readonly release: KubeRelease;
  readonly caller: AgentCaller;
  readonly eyes: AgentEyes;
  readonly helm: HelmSettings;
  /** The target's image, where the user named it. */
  readonly image?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly notify: (message: string) => void;
}

/** The pods of a Helm release, as a platform, with what its agents and its command line need to know. */
export interface KubernetesPlatform extends UpgradePlatform {
  /** What a roll that is under way leads to. */
  readonly target: () => Promise<PodTemplate | undefined>;
  /** Name of the pod whose server announces this address. @throws EvenkeelError `POD_NOT_FOUND` */
  readonly podAt: (address: string) => Promise<string>;
  /** @returns where the data of a pod stays that is removed; throws when it must not be */
  readonly planRemoval: (pod: string) => Promise<string>;
}

const TELL_TIMEOUT_MS = 3000;

/** Agents prefer candidates of the target also when somebody else stops a pod. One that is not told prefers none. */
async function tellTarget(caller: AgentCaller, pods: readonly Pod[], target: PodTemplate | undefined): Promise<void> {
  const body = target === undefined ? {} : { target };
  await Promise.allSettled(
    pods
      .filter(({ uid }) => uid !== "")
      .map(({ name }) => caller.json(name, { path: "/target", body, timeoutMs: TELL_TIMEOUT_MS })),
  );
}

/** Replacing a pod asks for `uid`; a look at pods that stand still needs no list of theirs for each key. */
function addressBook(pods: () => Promise<readonly Pod[]>): (address: string) => Promise<string> {
  let known: readonly Pod[] = [];
  const find = (address: string): string | undefined => known.find((pod) => pod.address === address)?.name;
  return async (address) => {
    if (find(address) === undefined) known = await pods();
    const name = find(address);
    if (name !== undefined) return name;
    throw new EvenkeelError(`no pod announces the address ${address}`, {
      code: "POD_NOT_FOUND",
      owner: "environment",
      retryable: true,
    });
  };
}

/**
 * The pods of a release. Its StatefulSet is changed by helm alone, and pods are replaced by deleting them.
 *
 * Methods throw EvenkeelError: those of the API (`KUBERNETES_UNREACHABLE`, `KUBERNETES_FORBIDDEN`, …), of helm
 * (`HELM_NOT_FOUND`, `HELM_FAILED`, `HELM_BUSY`), `POD_CHANGED`, `IMAGE_UNAVAILABLE`, `SNAPSHOT_FAILED`, `RESTORE_FAILED`, `PODS_LEFT`.
 */
export function kubernetesPlatform(options: KubernetesPlatformOptions): KubernetesPlatform {
  const { api, release, caller, eyes, image } = options;
  const state = createReleaseState(createMapStore(api, release), `${release.fullname}-upgrade-state`);
  const pods = createPodList(api, release, eyes.known);
  const staging: Staging = { api, release, helm: options.helm, state, image, notify: options.notify };
  const observe = (seen: readonly Pod[]): Promise<Topology> => eyes.observe(seen);
  const replicas: ReplicaDeps = { ...staging, pods, observe };
  const trial = { api, caller, release };
  const template = async (): Promise<PodTemplate> => {
    const set = await callApi(`read the StatefulSet ${release.fullname}`, () =>
      api.apps.readNamespacedStatefulSet({ namespace: api.namespace, name: release.fullname }),
    );
    return templateOf(set.spec?.template ?? {});
  };
  /** The image that a template would run, by the same rules as when it is staged. */
  const imageOf = async (wanted: PodTemplate): Promise<string> => {
    const { images } = await state.read();
    const all = allValues((await readHelmRelease(api, release)).deployed);
    return imageName(overlay(all, imageValuesFor(wanted, all, { images, image })));
  };
  return {
    name: "kubernetes",
    pods,
    template,
    stage: async (wanted) => {
      await stageTemplate(wanted, await template(), staging);
      await tellTarget(caller, await pods(), wanted);
    },
    replace: (pod, uid) => deletePod(api, pod, uid),
    rest: async () => {
      await unstage(staging);
      await tellTarget(caller, await pods(), undefined);
    },
    formerTemplate: async () => {
      const [{ former }, present] = await Promise.all([state.read(), template()]);
      return former?.engine === present.engine && former.version === present.version ? undefined : former;
    },
    tryConfiguration: async (wanted, signal = options.signal) =>
      tryConfiguration(wanted, { ...trial, image: await imageOf(wanted), signal }),
    snapshot: (request) => takeSnapshot(request, { ...trial, signal: options.signal }),
    snapshots: async () => listSnapshots(await pods(), trial),
    restoreShard: async (request) =>
      restoreShard(request, { api, caller, pods, template: await template(), signal: options.signal }),
    addReplica: ({ primary }) => addReplica(primary, replicas),
    removeReplica: (pod) => removeReplica(pod, replicas),
    target: async () => (await state.read()).target,
    podAt: addressBook(pods),
    planRemoval: (pod) => planRemoval(pod, replicas),
  };
}
