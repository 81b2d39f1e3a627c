import type { V1ContainerStatus, V1Pod } from "@kubernetes/client-node";
import { describe, expect, it } from "vitest";
import { describeState, restartsOf } from "../../../src/platforms/kubernetes/pods/describe-state.js";

const status = (over: Partial<V1ContainerStatus>): V1ContainerStatus => ({
  name: "server",
  image: "localhost/redis:8.0",
  imageID: "",
  ready: false,
  restartCount: 0,
  ...over,
});

const podOf = (server: V1ContainerStatus, over: Partial<V1Pod> = {}): V1Pod => ({
  status: { phase: "Running", containerStatuses: [server] },
  ...over,
});

describe("the state of a pod", () => {
  it("is running and ready when Kubernetes says Ready", () => {
    const pod = podOf(status({ state: { running: {} } }));
    expect(describeState(pod)).toEqual({ phase: "running", ready: false, reason: "" });
    const conditions = [{ type: "Ready", status: "True" }];
    expect(describeState({ status: { containerStatuses: pod.status?.containerStatuses, conditions } })).toMatchObject({
      phase: "running",
      ready: true,
    });
  });

  it("is crashed, with the image's name, when the image cannot be pulled", () => {
    const waiting = { reason: "ErrImagePull", message: "not found" };
    expect(describeState(podOf(status({ state: { waiting } })))).toEqual({
      phase: "crashed",
      ready: false,
      reason: "its image cannot be pulled (localhost/redis:8.0): not found",
    });
  });

  it("is crashed, in the server's own words, when the server ends again and again", () => {
    const message = [
      "1:C 23 Nov 2026 05:00:00.000 * oO0OoO0OoO0Oo Redis is starting oO0OoO0OoO0Oo",
      "1:M 23 Nov 2026 05:00:00.010 # Can't handle RDB format version 13",
      "1:M 23 Nov 2026 05:00:00.011 # Fatal error loading the DB, check server logs. Exiting.",
    ].join("\n");
    const server = status({
      state: { waiting: { reason: "CrashLoopBackOff", message: "back-off 10s" } },
      lastState: { terminated: { exitCode: 1, message } },
    });
    expect(describeState(podOf(server))).toMatchObject({
      phase: "crashed",
      reason: expect.stringMatching(
        /^its server ends again and again: it exited with code 1\. It said: .*Can't handle RDB format version 13 \/ Fatal error/,
      ),
    });
  });

  it("tells how its server last ended also when it runs again", () => {
    const server = status({
      restartCount: 1,
      state: { running: {} },
      lastState: { terminated: { exitCode: 137, signal: 9 } },
    });
    expect(describeState(podOf(server))).toMatchObject({ phase: "running", reason: "" });
    expect(restartsOf(podOf(server))).toEqual({ containerRestarts: 1, lastExit: "signal 9 ended it" });
  });

  it("names the agent when it is the agent that ends again and again", () => {
    const agent = status({ name: "agent", state: { waiting: { reason: "CrashLoopBackOff" } } });
    const pod: V1Pod = { status: { phase: "Pending", initContainerStatuses: [agent], containerStatuses: [] } };
    expect(describeState(pod)).toMatchObject({ phase: "crashed", reason: "its agent ends again and again" });
  });

  it("is terminating and not ready as soon as it is deleted, though it still serves", () => {
    const conditions = [{ type: "Ready", status: "True" }];
    const pod: V1Pod = {
      metadata: { deletionTimestamp: new Date() },
      status: { conditions, containerStatuses: [status({ state: { running: {} } })] },
    };
    expect(describeState(pod)).toMatchObject({ phase: "terminating", ready: false });
  });

  it("is starting, with the scheduler's words, while no node takes it", () => {
    const conditions = [{ type: "PodScheduled", status: "False", message: "0/4 nodes are available" }];
    expect(describeState({ status: { phase: "Pending", conditions } })).toEqual({
      phase: "starting",
      ready: false,
      reason: "no node takes it: 0/4 nodes are available",
    });
  });

  it("is crashed when the pod was evicted", () => {
    const pod: V1Pod = { status: { phase: "Failed", reason: "Evicted", message: "The node was low on memory" } };
    expect(describeState(pod)).toMatchObject({ phase: "crashed", reason: "The node was low on memory" });
  });
});
