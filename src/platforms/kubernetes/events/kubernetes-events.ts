import type { EventSink, Event as RunEvent } from "../../../ports/event-sink.js";
import type { KubeApi } from "../api/connect.js";
import type { KubeRelease } from "../release/find-release.js";

/** Main steps, with the reason under which `kubectl get events` shows them. All others stay in the run's own record. */
const REASONS: Readonly<Record<string, string>> = {
  PLAN_MADE: "UpgradePlanned",
  PHASE_STARTED: "UpgradePhase",
  POD_REPLACED: "PodReplaced",
  HANDOVER_FINISHED: "HandedOver",
  SNAPSHOT_MADE: "SnapshotMade",
  BRAKED: "UpgradeBraked",
  RELEASED: "UpgradeReleased",
  UPGRADE_STOPPED: "UpgradeStopped",
  ROLLBACK_STARTED: "RollbackStarted",
  ROLLBACK_FINISHED: "RollbackFinished",
  ERROR: "UpgradeFailed",
  RUN_FINISHED: "UpgradeEnded",
};
const WARNINGS: ReadonlySet<string> = new Set(["BRAKED", "UPGRADE_STOPPED", "ROLLBACK_STARTED", "ERROR"]);
const MESSAGE_MAX = 1000;

/** What is told of an event; undefined for one that is not. */
export function toKubernetesEvent({
  code,
  message,
  span,
}: RunEvent): { readonly reason: string; readonly type: string; readonly message: string } | undefined {
  const reason = REASONS[code];
  if (reason === undefined) return undefined;
  const where = span === "" ? "" : `${span}: `;
  return {
    reason,
    type: WARNINGS.has(code) ? "Warning" : "Normal",
    message: `${where}${message}`.slice(0, MESSAGE_MAX),
  };
}

/** Tells the main steps of a run as Events of the StatefulSet. One that cannot be written is left out: they are a courtesy. */
export function kubernetesEvents(api: KubeApi, release: KubeRelease): EventSink & { flush(): Promise<void> } {
  const { namespace, core } = api;
  let last: Promise<unknown> = Promise.resolve();
  const write = async (event: RunEvent, told: NonNullable<ReturnType<typeof toKubernetesEvent>>): Promise<void> => {
    const time = new Date(event.time);
    await core.createNamespacedEvent({
      namespace,
      body: {
        metadata: { generateName: `${release.fullname}.`, namespace },
        involvedObject: {
          apiVersion: "apps/v1",
          kind: "StatefulSet",
          name: release.fullname,
          namespace,
          uid: release.uid,
        },
        ...told,
        count: 1,
        firstTimestamp: time,
        lastTimestamp: time,
        source: { component: "evenkeel" },
        reportingComponent: "evenkeel",
        reportingInstance: event.run,
      },
    });
  };
  return {
    notify: (event) => {
      const told = toKubernetesEvent(event);
      if (told) last = last.then(() => write(event, told)).catch(() => undefined);
    },
    flush: async () => {
      await last;
    },
  };
}
