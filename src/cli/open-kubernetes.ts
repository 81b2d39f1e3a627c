import { connectKubernetes } from "../platforms/kubernetes/api/connect.js";
import { createAgentCaller } from "../platforms/kubernetes/agents/call-agent.js";
import { connectCanary } from "../platforms/kubernetes/agents/canary-connection.js";
import { kubernetesAgentClient } from "../platforms/kubernetes/agents/kubernetes-agent-client.js";
import { createAgentEyes } from "../platforms/kubernetes/agents/observe-agents.js";
import { kubernetesPlatform } from "../platforms/kubernetes/kubernetes-platform.js";
import { findRelease, readToken } from "../platforms/kubernetes/release/find-release.js";
import {
  clusterIdentity,
  kubernetesUpgradeStore,
} from "../platforms/kubernetes/upgrade-store/kubernetes-upgrade-store.js";
import { parseEngineSpec } from "../cluster/engines.js";
import type { CommandContext, KubernetesOptions } from "./context.js";
import type { OpenCluster, OpenOptions } from "./open-cluster.js";

/** The flags that a person has to type again to mean the same cluster. */
function flagsOf({ context, namespace, release, chart, helm }: KubernetesOptions): string {
  const given = { context, namespace, release, chart, helm };
  const flags = Object.entries(given).flatMap(([name, value]) => (value === undefined ? [] : [` --${name} ${value}`]));
  return ` --platform kubernetes${flags.join("")}`;
}

/**
 * Opens the release that the command line names.
 * @throws EvenkeelError `KUBERNETES_CONFIG`, `KUBERNETES_CONTEXT`, `CLUSTER_NOT_FOUND`, `RELEASE_AMBIGUOUS`, those of the API
 */
export async function openKubernetes(context: CommandContext, { image }: OpenOptions): Promise<OpenCluster> {
  const { kubernetes, signal, mask, recorder, io } = context;
  const api = await connectKubernetes(kubernetes);
  const release = await findRelease(api, kubernetes.release);
  let token: Promise<string | undefined> | undefined;
  const caller = createAgentCaller(api, () => {
    token ??= readToken(api, release).then((text) => {
      if (text !== undefined) mask(text);
      return text;
    });
    return token;
  });
  const eyes = createAgentEyes(caller);
  const platform = kubernetesPlatform({
    api,
    release,
    caller,
    eyes,
    image,
    helm: { path: kubernetes.helm, chart: kubernetes.chart, env: io.env },
    signal,
    notify: (message) => recorder.emit("NOTICE", message, { topic: "helm" }),
  });
  return {
    name: `${release.namespace}/${release.name}`,
    identity: clusterIdentity(release),
    shards: release.shards,
    replicas: release.replicas,
    platform,
    agents: kubernetesAgentClient(caller, platform.target),
    flags: flagsOf(kubernetes),
    startHint: `helm upgrade ${release.name} CHART --namespace ${release.namespace}`,
    observe: eyes.observe,
    look: async () => {
      const topology = await eyes.observe(await platform.pods());
      // Asked after the look: the agents have told of the disks then.
      return { topology, pods: await platform.pods() };
    },
    store: () => Promise.resolve(kubernetesUpgradeStore(api, release)),
    connectCanary: async (address) => connectCanary(caller, await platform.podAt(address)),
    eventSink: async () => {
      const { kubernetesEvents } = await import("../platforms/kubernetes/events/kubernetes-events.js");
      return kubernetesEvents(api, release);
    },
    startWitness: async (settings) => {
      const { startKubernetesWitness } = await import("./start-kubernetes-witness.js");
      return startKubernetesWitness(context, { api, release, caller, platform }, settings);
    },
    findTarget: (spec) => Promise.resolve(parseEngineSpec(spec)),
    planRemoval: platform.planRemoval,
  };
}
