import { describe, expect, it } from "vitest";
import { buildTrialPod } from "../../../src/platforms/kubernetes/trial/trial-pod.js";

const release = {
  name: "rc",
  namespace: "ns",
  fullname: "rc",
  uid: "u",
  shards: 3,
  replicas: 1,
  addresses: "stable",
  clusterDomain: "cluster.local",
} as const;
const source = {
  metadata: {
    labels: {
      "app.kubernetes.io/instance": "rc",
      "evenkeel.dev/component": "server",
      "controller-revision-hash": "rc-1",
    },
    annotations: { "evenkeel.dev/engine": "redis", "evenkeel.dev/version": "7.0" },
  },
  spec: {
    securityContext: { runAsNonRoot: true },
    priorityClassName: "high",
    initContainers: [
      {
        name: "agent",
        image: "node:24",
        command: ["node", "agent.mjs"],
        env: [{ name: "POD_NAME", valueFrom: { fieldRef: { fieldPath: "metadata.name" } } }],
      },
    ],
    containers: [
      {
        name: "server",
        image: "redis:7.0",
        command: ["redis-server", "/run/evenkeel/server.conf"],
        lifecycle: { preStop: { exec: { command: ["redis-cli"] } } },
        readinessProbe: { httpGet: { port: 9640 } },
      },
    ],
    volumes: [{ name: "gate", emptyDir: {} }],
  },
};

describe("a trial's pod", () => {
  const pod = buildTrialPod({
    name: "rc-trial-1",
    release,
    source,
    template: { engine: "valkey", version: "8.0" },
    image: "valkey/valkey:8.0",
  });

  it("runs the target's image and program, and says so to its agent", () => {
    expect(pod.spec?.containers[0]).toMatchObject({
      image: "valkey/valkey:8.0",
      command: ["valkey-server", "/run/evenkeel/server.conf"],
    });
    expect(pod.metadata?.annotations).toMatchObject({ "evenkeel.dev/engine": "valkey", "evenkeel.dev/version": "8.0" });
  });

  it("is found by no Service and no controller of the cluster", () => {
    expect(pod.metadata?.labels).toEqual({ "app.kubernetes.io/instance": "rc", "evenkeel.dev/component": "trial" });
  });

  it("has an empty folder of its own, hands nothing over, and never starts again", () => {
    expect(pod.spec?.volumes).toEqual([
      { name: "gate", emptyDir: {} },
      { name: "data", emptyDir: {} },
    ]);
    expect(pod.spec?.containers[0]).not.toHaveProperty("lifecycle");
    expect(pod.spec).toMatchObject({ restartPolicy: "Never", securityContext: { runAsNonRoot: true } });
    expect(pod.spec).not.toHaveProperty("priorityClassName");
  });

  it("has an agent that only tries", () => {
    const agent = pod.spec?.initContainers?.[0];
    expect(agent?.command).toEqual(["node", "agent.mjs", "--trial"]);
    expect(agent?.env).toEqual([{ name: "POD_NAME", value: "rc-0" }]);
  });
});
