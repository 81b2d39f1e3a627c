import type { V1Pod } from "@kubernetes/client-node";
import { SERVER_PORT } from "../../../cluster/constants.js";
import type { Pod, PodTemplate } from "../../../ports/platform.js";
import { callApi } from "../api/api-error.js";
import type { KubeApi } from "../api/connect.js";
import type { ViewReply } from "../agents/agent-replies.js";
import type { KubeRelease } from "../release/find-release.js";
import { COMPONENT_LABEL, RELEASE_LABEL } from "../release/labels.js";
import { createServiceAddresses } from "./addresses.js";
import { describeState, restartsOf } from "./describe-state.js";
import { createNodePlaces, type NodePlace } from "./node-zones.js";
import { templateOf } from "./template-of.js";

/** What the agents told last, by pod: disks, and where the pod stands where nodes cannot be read. */
export type KnownViews = ReadonlyMap<string, ViewReply>;

interface Around {
  readonly name: string;
  readonly address: string;
  readonly place: NodePlace | undefined;
  readonly told: ViewReply | undefined;
}

const ordinalOf = (name: string): number => Number(/-(\d+)$/.exec(name)?.[1] ?? -1);

function toPod(pod: V1Pod, { name, address, place, told }: Around): Pod {
  const { disk } = told ?? {};
  return {
    name,
    ordinal: ordinalOf(name),
    ...describeState(pod),
    address,
    port: SERVER_PORT,
    placement: {
      pod: name,
      host: place?.host ?? pod.spec?.nodeName ?? "",
      zone: place?.zone ?? told?.placement?.zone ?? "",
    },
    template: templateOf(pod),
    uid: pod.metadata?.uid ?? "",
    ...restartsOf(pod),
    ...(disk?.freeBytes === undefined ? {} : { diskFreeBytes: disk.freeBytes }),
    ...(disk?.totalBytes === undefined ? {} : { diskTotalBytes: disk.totalBytes }),
    ...(disk?.inodesFree === undefined ? {} : { diskInodesFree: disk.inodesFree }),
    ...(disk?.dataBytes === undefined ? {} : { dataBytes: disk.dataBytes }),
  };
}

/** A pod that was deleted and not made again yet: its place is known, and nothing else. */
function missingPod({ name, address }: Pick<Around, "name" | "address">, template: PodTemplate): Pod {
  return {
    name,
    ordinal: ordinalOf(name),
    phase: "stopped",
    ready: false,
    address,
    port: SERVER_PORT,
    placement: { pod: name, host: "", zone: "" },
    template,
    uid: "",
    containerRestarts: 0,
    reason: "Kubernetes has not made the pod yet",
  };
}

/**
 * Lists the pods that the StatefulSet is to have, in ordinal order; one that is missing at this moment is listed as stopped.
 * @throws EvenkeelError those of the API
 */
export function createPodList(
  api: KubeApi,
  release: KubeRelease,
  known: () => KnownViews,
): () => Promise<readonly Pod[]> {
  const { namespace } = api;
  const { fullname } = release;
  const serviceAddresses = createServiceAddresses(api, release);
  const placeOf = createNodePlaces(api);
  return async () => {
    const [set, { items }] = await Promise.all([
      callApi(`read the StatefulSet ${fullname}`, () =>
        api.apps.readNamespacedStatefulSet({ namespace, name: fullname }),
      ),
      callApi("list the pods", () =>
        api.core.listNamespacedPod({
          namespace,
          labelSelector: `${RELEASE_LABEL}=${release.name},${COMPONENT_LABEL}=server`,
        }),
      ),
    ]);
    const found = new Map(items.map((pod) => [pod.metadata?.name ?? "", pod]));
    const wanted = Array.from({ length: set.spec?.replicas ?? 0 }, (_, ordinal) => `${fullname}-${ordinal}`);
    const leaving = [...found.keys()].filter((name) => !wanted.includes(name) && name.startsWith(`${fullname}-`));
    const names = [...wanted, ...leaving].toSorted((a, b) => ordinalOf(a) - ordinalOf(b));
    const stable = release.addresses === "stable" ? await serviceAddresses(wanted) : undefined;
    const template = templateOf(set.spec?.template ?? {});
    return Promise.all(
      names.map(async (name): Promise<Pod> => {
        const pod = found.get(name);
        const address = (stable ? stable.get(name) : pod?.status?.podIP) ?? "";
        if (!pod) return missingPod({ name, address }, template);
        const node = pod.spec?.nodeName;
        const place = node === undefined ? undefined : await placeOf(node);
        return toPod(pod, { name, address, place, told: known().get(name) });
      }),
    );
  };
}
