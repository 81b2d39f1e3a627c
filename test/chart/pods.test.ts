// oxlint-disable vitest/valid-expect -- the second argument names the object that a loop was at
import { beforeAll, describe, expect, it } from "vitest";
import { type Manifest, ofKind, only, render } from "./support/render.js";
import { ALL_OPTIONS, VALUE_SETS } from "./support/value-sets.js";

// oxlint-disable-next-line typescript/no-explicit-any
type Spec = any;

/** Pod templates and pods of the chart, by who makes them. */
function podSpecs(manifests: readonly Manifest[]): readonly (readonly [string, Spec])[] {
  return manifests.flatMap((manifest): readonly (readonly [string, Spec])[] => {
    const { kind, metadata, spec } = manifest as Manifest & { spec: Spec };
    if (kind === "Pod") return [[`Pod ${metadata.name}`, spec]];
    if (kind === "StatefulSet" || kind === "Job") return [[`${kind} ${metadata.name}`, spec.template.spec]];
    return [];
  });
}

const ownContainers = (spec: Spec): readonly Spec[] =>
  [...(spec.initContainers ?? []), ...spec.containers].filter(({ name }: Spec) => !["beside", "before"].includes(name));

describe.each(VALUE_SETS)("pods of $name", ({ values, files = [] }) => {
  let manifests: readonly Manifest[];
  let statefulSet: Spec;
  let pod: Spec;
  beforeAll(async () => {
    manifests = await render(values, { files });
    statefulSet = only(manifests, "StatefulSet");
    pod = statefulSet.spec.template.spec;
  });

  it("pass Pod Security restricted", () => {
    for (const [name, spec] of podSpecs(manifests)) {
      expect(spec.hostNetwork ?? spec.hostPID ?? spec.hostIPC ?? false, name).toBe(false);
      expect(spec.securityContext, name).toMatchObject({
        runAsNonRoot: true,
        runAsUser: 999,
        seccompProfile: { type: "RuntimeDefault" },
      });
      for (const container of ownContainers(spec)) {
        expect(container.securityContext, `${name} ${container.name}`).toMatchObject({
          allowPrivilegeEscalation: false,
          runAsNonRoot: true,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ["ALL"] },
        });
        expect(container.securityContext.privileged ?? false).toBe(false);
        expect((container.ports ?? []).filter((port: Spec) => "hostPort" in port)).toEqual([]);
      }
      const kinds = (spec.volumes ?? []).flatMap((volume: Spec) => Object.keys(volume).filter((key) => key !== "name"));
      expect(["configMap", "emptyDir", "secret", "projected"]).toEqual(expect.arrayContaining([...new Set(kinds)]));
    }
  });

  it("get no token of the Kubernetes API unasked", () => {
    for (const [name, spec] of podSpecs(manifests)) expect(spec.automountServiceAccountToken, name).toBe(false);
  });

  it("ask for memory and cores, and are limited in memory", () => {
    for (const [name, spec] of podSpecs(manifests))
      for (const { name: container, resources } of ownContainers(spec)) {
        expect(resources.requests, `${name} ${container}`).toMatchObject({
          cpu: expect.anything(),
          memory: expect.anything(),
        });
        expect(resources.limits, `${name} ${container}`).toMatchObject({ memory: expect.anything() });
      }
  });

  it("hold nothing secret in environment or arguments", () => {
    for (const [name, spec] of podSpecs(manifests))
      for (const container of ownContainers(spec)) {
        const fromSecrets = (container.env ?? []).filter((entry: Spec) => entry.valueFrom?.secretKeyRef !== undefined);
        expect(fromSecrets, `${name} ${container.name}`).toEqual([]);
        const words = [...(container.command ?? []), ...(container.args ?? [])].join(" ");
        expect(words, name).not.toMatch(/(?:^|\s)(?:-a|--pass|--requirepass|--masterauth)(?:\s|$)/u);
      }
    const settings = JSON.stringify(ofKind(manifests, "ConfigMap"));
    expect(settings).not.toMatch(/requirepass \S|masterauth \S|primaryauth \S/u);
  });

  it("are guarded by probes: started when the agent let the server start, ready when the agent says so", () => {
    const [agent] = pod.initContainers;
    expect(agent).toMatchObject({ name: "agent", restartPolicy: "Always" });
    expect(agent.startupProbe.httpGet.port).toBe(9640);
    expect(agent.livenessProbe.httpGet.port).toBe(9640);
    const [server] = pod.containers;
    expect(server.readinessProbe.httpGet).toMatchObject({ path: "/ready", port: 9640 });
    expect(server.livenessProbe).toBeDefined();
    // The gate may be shut for as long as it takes: a restart would not open it.
    const patience = server.startupProbe.periodSeconds * server.startupProbe.failureThreshold;
    expect(patience).toBeGreaterThanOrEqual(3600);
  });

  it("hand over before they stop, inside their grace period", () => {
    const [server] = pod.containers;
    expect(JSON.stringify(server.lifecycle.preStop.exec.command)).toContain("HANDOVER");
    expect(pod.terminationGracePeriodSeconds).toBeGreaterThanOrEqual(120);
  });

  it("start the engine's own server as the container's first process, from a gate that it cannot write to", () => {
    const [server] = pod.containers;
    expect(server.command[0]).toMatch(/^(?:redis|valkey)-server$/u);
    expect(server.volumeMounts).toContainEqual({ name: "gate", mountPath: "/run/evenkeel", readOnly: true });
  });

  it("are spread over zones and hosts, and a cordoned node counts for nothing", () => {
    const constraints = pod.topologySpreadConstraints;
    for (const key of ["topology.kubernetes.io/zone", "kubernetes.io/hostname"])
      expect(constraints).toContainEqual(
        expect.objectContaining({
          topologyKey: key,
          maxSkew: 1,
          nodeTaintsPolicy: "Honor",
          labelSelector: { matchLabels: statefulSet.spec.selector.matchLabels },
        }),
      );
  });

  it("rest with partition 0 and all at once, or wait for their deletion while a version is staged", () => {
    expect(statefulSet.spec.podManagementPolicy).toBe("Parallel");
    expect([
      { type: "RollingUpdate", rollingUpdate: { partition: 0 } },
      // Nothing else: the API server refuses a partition here.
      { type: "OnDelete" },
    ]).toContainEqual(statefulSet.spec.updateStrategy);
  });

  it("carry the labels that services, budget and policy select by", () => {
    const { labels } = statefulSet.spec.template.metadata;
    const selectors = [
      statefulSet.spec.selector.matchLabels,
      ...ofKind(manifests, "PodDisruptionBudget").map(({ spec }) => spec.selector.matchLabels),
      ...ofKind(manifests, "NetworkPolicy").map(({ spec }) => spec.podSelector.matchLabels),
    ];
    for (const selector of selectors) {
      expect(labels).toMatchObject(selector);
      expect(selector).toMatchObject({ "evenkeel.dev/component": "server" });
    }
  });

  it("lose one at a time", () => {
    expect(only(manifests, "PodDisruptionBudget").spec.maxUnavailable).toBe(1);
  });

  it("mount only volumes that exist, each name once", () => {
    for (const [name, spec] of podSpecs(manifests)) {
      const volumes = (spec.volumes ?? []).map((volume: Spec) => volume.name);
      expect(new Set(volumes).size, name).toBe(volumes.length);
      const claims = name.startsWith("StatefulSet")
        ? statefulSet.spec.volumeClaimTemplates.map((claim: Manifest) => claim.metadata.name)
        : [];
      for (const container of [...(spec.initContainers ?? []), ...spec.containers])
        for (const mount of container.volumeMounts ?? []) expect([...volumes, ...claims]).toContain(mount.name);
    }
  });
});

it("every option for pods arrives in the pods", async () => {
  const { spec, metadata } = only(await render(ALL_OPTIONS), "StatefulSet").spec.template;
  expect(metadata.labels).toMatchObject({ team: "payments", tier: "data" });
  expect(metadata.annotations).toMatchObject({ "example.com/owner": "payments", "example.com/note": "data" });
  expect(spec).toMatchObject({
    nodeSelector: { disk: "ssd" },
    tolerations: [{ key: "memory", operator: "Exists" }],
    imagePullSecrets: [{ name: "registry-key" }],
    priorityClassName: "apps-shop",
    schedulerName: "default-scheduler",
  });
  const [server, beside] = spec.containers;
  expect(server.image).toBe("registry.example.com/valkey/valkey:8.1.3");
  expect(server.env).toContainEqual({ name: "TZ", value: "UTC" });
  expect(server.envFrom).toEqual([{ configMapRef: { name: "more", optional: true } }]);
  expect(server.volumeMounts).toContainEqual({ name: "scratch", mountPath: "/scratch" });
  expect(beside.name).toBe("beside");
  expect(spec.initContainers.map(({ name }: Manifest) => name)).toEqual(["agent", "before"]);
  expect(spec.initContainers[0].image).toBe("registry.example.com/node:24-slim");
  expect(spec.volumes).toContainEqual({ name: "scratch", emptyDir: {} });
  // Without a selector it would count no pod.
  expect(spec.topologySpreadConstraints).toContainEqual({
    topologyKey: "rack",
    maxSkew: 1,
    whenUnsatisfiable: "ScheduleAnyway",
    labelSelector: {
      matchLabels: {
        "app.kubernetes.io/name": "redis-cluster",
        "app.kubernetes.io/instance": "shop",
        "evenkeel.dev/component": "server",
      },
    },
  });
});

it("what a running upgrade changes rolls no pod: strategy and surge are not in the template", async () => {
  const template = async (values: Readonly<Record<string, unknown>>): Promise<string> =>
    JSON.stringify(only(await render(values), "StatefulSet").spec.template);
  const atRest = await template({});
  expect(await template({ updateStrategy: "OnDelete" })).toBe(atRest);
  expect(await template({ surge: [{ follow: "shop-0" }] })).toBe(atRest);
});

it("a template with other settings rolls the pods", async () => {
  const template = async (values: Readonly<Record<string, unknown>>): Promise<string> =>
    JSON.stringify(only(await render(values), "StatefulSet").spec.template);
  const atRest = await template({});
  expect(await template({ config: { maxmemory: "1gb" } })).not.toBe(atRest);
  expect(await template({ nodeTimeoutMs: 6000 })).not.toBe(atRest);
});
