import type { V1Container, V1EnvVar, V1Pod, V1PodTemplateSpec } from "@kubernetes/client-node";
import type { PodTemplate } from "../../../ports/platform.js";
import type { KubeRelease } from "../release/find-release.js";
import {
  AGENT_CONTAINER,
  COMPONENT_LABEL,
  ENGINE_ANNOTATION,
  SERVER_CONTAINER,
  VERSION_ANNOTATION,
} from "../release/labels.js";
import { ownedBy } from "../upgrade-store/config-map.js";

export interface TrialRequest {
  readonly name: string;
  readonly release: KubeRelease;
  /** Of the StatefulSet, or of the pod whose engine is meant. */
  readonly source: Pick<V1PodTemplateSpec, "metadata" | "spec">;
  readonly template: PodTemplate;
  /** The server's image. @default the source's */
  readonly image?: string | undefined;
  /** Where the snapshot is fetched that the server shall load; without it, the cluster's own configuration is tried. */
  readonly snapshotUrl?: string | undefined;
}

/** A trial whose command was killed ends by itself. */
const LIVES_SECONDS = 900;

/** Probes and hooks are for servers that serve; a trial's end is told by its container. */
function bare(container: V1Container): V1Container {
  const { livenessProbe: _l, readinessProbe: _r, startupProbe: _s, lifecycle: _c, ...rest } = container;
  return {
    ...rest,
    terminationMessagePolicy: "FallbackToLogsOnError",
    // It must find a place beside the cluster that it is tried for.
    resources: Object.assign({}, container.resources, { requests: { cpu: "20m", memory: "64Mi" } }),
  };
}

function serverOf(container: V1Container, { template, image }: TrialRequest): V1Container {
  const [, ...args] = container.command ?? [];
  return Object.assign({}, bare(container), image === undefined ? {} : { image }, {
    command: [`${template.engine}-server`, ...args],
  });
}

function agentOf(container: V1Container, { release, snapshotUrl }: TrialRequest): V1Container {
  const own: readonly V1EnvVar[] = [
    // It reads its part of the configuration as the first pod does; it never speaks to a peer.
    { name: "POD_NAME", value: `${release.fullname}-0` },
    ...(snapshotUrl === undefined ? [] : [{ name: "TRIAL_SNAPSHOT", value: snapshotUrl }]),
  ];
  const names = own.map(({ name }) => name);
  return Object.assign({}, container, {
    command: [...(container.command ?? []), "--trial"],
    env: [...(container.env ?? []).filter(({ name }) => !names.includes(name)), ...own],
  });
}

/**
 * A throwaway pod: agent and server as in the cluster, on an empty folder of their own, with labels that no Service and no
 * controller looks for. Pure.
 */
export function buildTrialPod(request: TrialRequest): V1Pod {
  const { name, release, source, template } = request;
  const { metadata, spec } = source;
  const { [COMPONENT_LABEL]: _, ...labels } = metadata?.labels ?? {};
  const own = Object.fromEntries(
    Object.entries(labels).filter(
      ([key]) => !/^(statefulset|apps)\.kubernetes\.io\/|controller-revision-hash/.test(key),
    ),
  );
  const init = spec?.initContainers?.find((one) => one.name === AGENT_CONTAINER);
  const server = spec?.containers.find((one) => one.name === SERVER_CONTAINER);
  return {
    metadata: {
      name,
      namespace: release.namespace,
      labels: { ...own, [COMPONENT_LABEL]: "trial" },
      annotations: {
        ...metadata?.annotations,
        [ENGINE_ANNOTATION]: template.engine,
        [VERSION_ANNOTATION]: template.version,
      },
      ownerReferences: ownedBy(release),
    },
    spec: {
      restartPolicy: "Never",
      activeDeadlineSeconds: LIVES_SECONDS,
      terminationGracePeriodSeconds: 1,
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      serviceAccountName: spec?.serviceAccountName,
      securityContext: spec?.securityContext,
      imagePullSecrets: spec?.imagePullSecrets,
      nodeSelector: spec?.nodeSelector,
      tolerations: spec?.tolerations?.filter(({ key }) => !key?.startsWith("node.kubernetes.io/")),
      initContainers: init ? [agentOf(init, request)] : [],
      containers: server ? [serverOf(server, request)] : [],
      volumes: (spec?.volumes ?? [])
        .map((volume) => (volume.name === "data" ? dataVolume : volume))
        .concat(
          // The claim of a StatefulSet's template is no volume of its pod template.
          (spec?.volumes ?? []).some((volume) => volume.name === "data") ? [] : [dataVolume],
        ),
    },
  };
}

const dataVolume = { name: "data", emptyDir: {} };
