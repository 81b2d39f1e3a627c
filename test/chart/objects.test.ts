// oxlint-disable vitest/valid-expect -- the second argument names the object that a loop was at
import { execa } from "execa";
import { describe, expect, it } from "vitest";
import { helm4 } from "../support/helm.js";
import { CHART, type ChartValues, type Manifest, ofKind, only, render } from "./support/render.js";
import { ALL_OPTIONS, VALUE_SETS } from "./support/value-sets.js";

const names = (manifests: readonly Manifest[]): readonly string[] =>
  manifests.map(({ kind, metadata }) => `${kind} ${metadata.namespace ?? ""} ${metadata.name}`);

it.each(VALUE_SETS)(
  "every object has a name of its own, a namespace and the chart's labels: $name",
  async ({ values, files = [] }) => {
    const manifests = await render(values, { files });
    expect(new Set(names(manifests)).size).toBe(manifests.length);
    for (const { kind, metadata } of manifests) {
      expect(metadata.labels, `${kind} ${metadata.name}`).toMatchObject({
        "app.kubernetes.io/name": "redis-cluster",
        "app.kubernetes.io/instance": "shop",
        "app.kubernetes.io/managed-by": "Helm",
      });
      if (!kind.startsWith("Cluster") && kind !== "PriorityClass") expect(metadata.namespace, kind).toBeDefined();
    }
  },
);

it("common labels and annotations are on every object", async () => {
  for (const { kind, metadata } of await render(ALL_OPTIONS)) {
    // Made for one object of the whole cluster, not of the release.
    if (kind.startsWith("Cluster")) continue;
    expect(metadata.labels, `${kind} ${metadata.name}`).toMatchObject({ team: "payments" });
    expect(metadata.annotations, `${kind} ${metadata.name}`).toMatchObject({ "example.com/owner": "payments" });
  }
});

describe("services", () => {
  const perPod = (manifests: readonly Manifest[]): readonly Manifest[] =>
    ofKind(manifests, "Service").filter(({ spec }) => "statefulset.kubernetes.io/pod-name" in spec.selector);

  it("give each pod an address of its own, also while it is not ready", async () => {
    const services = perPod(await render({ surge: [{ follow: "shop-0" }] }));
    expect(services.map(({ metadata }) => metadata.name)).toEqual([0, 1, 2, 3, 4, 5, 6].map((i) => `shop-${i}`));
    for (const { spec, metadata } of services) {
      expect(spec.publishNotReadyAddresses).toBe(true);
      expect(spec.selector["statefulset.kubernetes.io/pod-name"]).toBe(metadata.name);
      expect(spec.ports.map(({ port }: { port: number }) => port)).toEqual([6379, 16379, 9640]);
    }
  });

  it("are none per pod where pods announce their own address", async () => {
    expect(perPod(await render({ addresses: "pod" }))).toEqual([]);
  });

  // Amazon's network plugin lets traffic to a Service pass only if the Service's own selector has the policy's labels.
  it("select by the labels that network policies use", async () => {
    const manifests = await render(ALL_OPTIONS);
    const wanted = only(manifests, "NetworkPolicy").spec.podSelector.matchLabels;
    for (const { spec } of ofKind(manifests, "Service")) expect(spec.selector).toMatchObject(wanted);
  });

  it("offer clients only pods that are ready", async () => {
    const { spec } = only(await render(), "Service", "shop");
    expect(spec.publishNotReadyAddresses ?? false).toBe(false);
    expect(spec.ports).toHaveLength(1);
  });
});

describe("the network policy", () => {
  const policy = async (values: ChartValues = {}): Promise<Manifest> => only(await render(values), "NetworkPolicy");
  const rules = ({ spec }: Manifest, port: number): readonly Manifest[] =>
    spec.ingress.filter(({ ports }: { ports: { port: number }[] }) => ports.some((one) => one.port === port));

  it("lets peers reach all three ports, and only them the bus", async () => {
    const bus = rules(await policy(), 16379);
    expect(bus).toHaveLength(1);
    expect(bus[0]).toMatchObject({
      from: [{ podSelector: { matchLabels: { "evenkeel.dev/component": "server" } } }],
      ports: [{ port: 6379 }, { port: 16379 }, { port: 9640 }],
    });
  });

  it("lets the witness, trials and helm test in", async () => {
    const [temporary] = rules(await policy({ networkPolicy: { clients: { allowAll: false } } }), 9640).filter(
      ({ from }) => from?.[0]?.podSelector?.matchExpressions !== undefined,
    );
    expect(temporary?.["from"][0].podSelector.matchExpressions[0].values).toEqual(["witness", "trial", "test"]);
  });

  it("is open to every client until that is closed, then asks for the label", async () => {
    const open = rules(await policy(), 6379).filter((rule) => !("from" in rule));
    expect(open).toHaveLength(1);
    const closed = await policy({ networkPolicy: { clients: { allowAll: false } } });
    expect(rules(closed, 6379).filter((rule) => !("from" in rule))).toEqual([]);
    expect(JSON.stringify(rules(closed, 6379))).toContain('{"shop-client":"true"}');
  });

  it("lets only the named ranges reach the agents", async () => {
    const named = await policy({ networkPolicy: { agents: { ipBlocks: ["10.0.0.0/16", "2001:db8::/32"] } } });
    expect(rules(named, 9640).at(-1)).toEqual({
      from: [{ ipBlock: { cidr: "10.0.0.0/16" } }, { ipBlock: { cidr: "2001:db8::/32" } }],
      ports: [{ protocol: "TCP", port: 9640 }],
    });
  });

  it("limits what goes out only when asked, and then still to peers and name servers", async () => {
    expect((await policy()).spec.policyTypes).toEqual(["Ingress"]);
    const { spec } = await policy({ networkPolicy: { egress: { enabled: true } } });
    expect(spec.policyTypes).toEqual(["Ingress", "Egress"]);
    const ports = spec.egress.flatMap((rule: { ports: { port: number }[] }) => rule.ports.map(({ port }) => port));
    expect(ports).toEqual(expect.arrayContaining([6379, 16379, 9640, 53]));
  });

  it("gives helm test the client's label", async () => {
    const manifests = await render({ networkPolicy: { clients: { allowAll: false } } });
    expect(only(manifests, "Pod").metadata.labels).toMatchObject({
      "shop-client": "true",
      "evenkeel.dev/component": "test",
    });
  });
});

describe("the certificate", () => {
  const TLS = { enabled: true, certManager: { enabled: true, issuerRef: { name: "ca" } } };

  // cert-manager is not on the test cluster: its required fields are checked here.
  it("has what cert-manager asks for, and names every pod as it is announced", async () => {
    const { spec } = only(await render({ tls: TLS, surge: [{ follow: "shop-0" }] }), "Certificate");
    expect(spec).toMatchObject({
      secretName: "shop-tls",
      issuerRef: { name: "ca", kind: "Issuer", group: "cert-manager.io" },
    });
    for (const i of [0, 1, 2, 3, 4, 5, 6]) expect(spec.dnsNames).toContain(`shop-${i}.apps.svc.cluster.local`);
    expect(spec.dnsNames).toContain("shop.apps.svc.cluster.local");
    expect(spec.dnsNames).toContain("*.shop-headless.apps.svc.cluster.local");
    expect(spec.ipAddresses).toEqual(["127.0.0.1"]);
    expect(spec.usages).toEqual(expect.arrayContaining(["server auth", "client auth"]));
    expect(Number.parseInt(spec.renewBefore, 10)).toBeLessThan(Number.parseInt(spec.duration, 10));
  });

  it("is in the pods that need it, under the name that the certificate has", async () => {
    const test = only(await render({ tls: TLS }), "Pod");
    expect(JSON.stringify(test.spec.volumes)).toContain("shop-tls");
    expect(test.spec.containers[0].command.join(" ")).toContain("--cacert");
  });
});

it("a priority class is made only when asked, or one is named", async () => {
  expect(ofKind(await render(), "PriorityClass")).toEqual([]);
  const made = await render({ priorityClass: { create: true } });
  expect(only(made, "PriorityClass")).toMatchObject({ metadata: { name: "apps-shop" }, value: 1_000_000 });
  const named = await render({ priorityClass: { create: true, name: "mine" } });
  expect(ofKind(named, "PriorityClass")).toEqual([]);
  expect(only(named, "StatefulSet").spec.template.spec.priorityClassName).toBe("mine");
});

it("the budget can be left out", async () => {
  expect(ofKind(await render({ podDisruptionBudget: { enabled: false } }), "PodDisruptionBudget")).toEqual([]);
});

it("the test pod reads the password from its file, and with TLS shows its certificate", async () => {
  const { spec, metadata } = only(await render(ALL_OPTIONS), "Pod");
  expect(metadata.annotations).toMatchObject({ "helm.sh/hook": "test" });
  const [container] = spec.containers;
  expect(container.env).toBeUndefined();
  expect(container.command.at(-1)).toContain("cat /run/secrets/auth/password");
  expect(container.command.at(-1)).toContain("valkey-cli -c -h shop.apps.svc.cluster.local");
  expect(spec.volumes).toContainEqual(
    expect.objectContaining({
      secret: expect.objectContaining({ secretName: "shop-auth", items: [{ key: "password", path: "password" }] }),
    }),
  );
});

// Helm 3 renders notes only with a cluster.
describe("the notes", () => {
  const notes = async (...set: readonly string[]): Promise<string> => {
    const flags = set.flatMap((one) => ["--set", one]);
    const args = ["install", "shop", CHART, "--namespace", "apps", "--dry-run=client", ...flags];
    const { stdout } = await execa(await helm4(), args, { env: { KUBECONFIG: "/nonexistent" } });
    return stdout.slice(stdout.indexOf("\nNOTES:"));
  };

  it("say what to do next", async () => {
    const text = await notes();
    expect(text).toContain("kubectl --namespace apps rollout status statefulset/shop");
    expect(text).toContain("pods/shop-0:9640/proxy/status");
    expect(text).toContain("helm test shop --namespace apps --logs");
    expect(text).toContain("shop.apps.svc.cluster.local:6379");
    expect(text).not.toContain("WARNING");
  });

  it("warn of what takes safety away, and name the label that a client needs", async () => {
    const text = await notes(
      "replicas=0",
      "networkPolicy.clients.allowAll=false",
      "auth.enabled=true",
      "auth.existingSecret=pw",
    );
    expect(text).toContain("WARNING: without replicas");
    expect(text).toContain('shop-client: "true"');
    expect(text).toContain("key password of the Secret pw");
  });
});

describe("the guard of helm rollback", () => {
  it("asks every pod's agent about the version that would come back, before anything is changed", async () => {
    const job = only(await render({ surge: [{ follow: "shop-0" }] }), "Job", "shop-rollback-guard");
    expect(job.metadata.annotations).toMatchObject({ "helm.sh/hook": "pre-rollback" });
    const { command } = job.spec.template.spec.containers[0];
    expect(command.slice(0, 4)).toEqual(["node", "/opt/evenkeel/guard.mjs", "redis@8.0", "shop"]);
    expect(command.slice(4)).toHaveLength(7);
    expect(command.at(-1)).toBe("http://shop-6.shop-headless.apps.svc.cluster.local:9640");
  });

  it("gives up in time, and is let in by the network policy", async () => {
    const manifests = await render();
    const job = only(manifests, "Job");
    expect(job.spec).toMatchObject({ activeDeadlineSeconds: 120 });
    const { labels } = job.spec.template.metadata;
    const allowed = only(manifests, "NetworkPolicy").spec.ingress.flatMap(({ from = [] }: { from?: Manifest[] }) =>
      from.map((peer) => peer["podSelector"]?.matchExpressions?.[0]?.values ?? []),
    );
    expect(allowed.flat()).toContain(labels["evenkeel.dev/component"]);
    // It is no server: neither budget nor services may count it.
    expect(labels["evenkeel.dev/component"]).not.toBe("server");
  });

  it("can be left out", async () => {
    expect(ofKind(await render({ rollbackGuard: { enabled: false } }), "Job")).toEqual([]);
  });
});
