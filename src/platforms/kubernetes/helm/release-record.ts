import { gunzipSync } from "node:zlib";
import type { V1Secret } from "@kubernetes/client-node";
import { EvenkeelError } from "../../../errors/evenkeel-error.js";
import { callApi } from "../api/api-error.js";
import type { KubeApi } from "../api/connect.js";
import type { KubeRelease } from "../release/find-release.js";

/** A file of a chart as Helm keeps it: its path in the chart, its bytes in base64. */
export interface ChartFile {
  readonly name: string;
  readonly data: string;
}

/** The chart of a release, as Helm keeps it. */
export interface StoredChart {
  readonly metadata: Readonly<Record<string, unknown>> & {
    readonly name: string;
    readonly version: string;
    readonly dependencies?: readonly unknown[];
  };
  readonly templates: readonly ChartFile[] | null;
  readonly files: readonly ChartFile[] | null;
  readonly values: Readonly<Record<string, unknown>> | null;
  /** JSON schema in base64. */
  readonly schema: string | null;
}

/** One revision of a release, as Helm keeps it in a Secret. */
export interface ReleaseRecord {
  readonly name: string;
  readonly version: number;
  readonly info: { readonly status: string };
  readonly chart: StoredChart;
  /** What the user gave; the chart's own values are not in it. May hold secrets. */
  readonly config: Readonly<Record<string, unknown>> | null;
}

/** A record with the name of its Secret. */
export interface StoredRelease {
  readonly secret: string;
  readonly record: ReleaseRecord;
  readonly labels: Readonly<Record<string, string>>;
}

/** Helm encodes a record as JSON, gzip, base64; the API adds a base64 of its own. */
export function decodeRelease(data: string): ReleaseRecord {
  const inner = Buffer.from(Buffer.from(data, "base64").toString("latin1"), "base64");
  const zipped = inner[0] === 0x1f && inner[1] === 0x8b;
  return JSON.parse((zipped ? gunzipSync(inner) : inner).toString("utf8")) as ReleaseRecord;
}

const revisionOf = (secret: V1Secret): number => Number(secret.metadata?.labels?.["version"] ?? 0);

/**
 * Reads the newest revision of a release, and the newest that was deployed.
 * @throws EvenkeelError `RELEASE_UNREADABLE`, `KUBERNETES_FORBIDDEN`
 */
export async function readHelmRelease(
  api: KubeApi,
  { name }: Pick<KubeRelease, "name">,
): Promise<{ readonly newest: StoredRelease; readonly deployed: StoredRelease }> {
  const { items } = await callApi("list Helm's Secrets of the release", () =>
    api.core.listNamespacedSecret({ namespace: api.namespace, labelSelector: `owner=helm,name=${name}` }),
  );
  const sorted = items.toSorted((a, b) => revisionOf(b) - revisionOf(a));
  // After a change that failed, and failed to be taken back, none is deployed: the last one that once was is what counts.
  const withStatus = (status: string): V1Secret | undefined =>
    sorted.find(({ metadata }) => metadata?.labels?.["status"] === status);
  const deployed = withStatus("deployed") ?? withStatus("superseded") ?? sorted[0];
  const open = (secret: V1Secret | undefined): StoredRelease => {
    const data = secret?.data?.["release"];
    if (data === undefined) {
      throw new EvenkeelError(`Helm's record of release ${name} is not in namespace ${api.namespace}`, {
        code: "RELEASE_UNREADABLE",
        owner: "environment",
        hint: "helm list shows it; where Helm keeps its records elsewhere (HELM_DRIVER), give the chart with --chart",
      });
    }
    return {
      secret: secret?.metadata?.name ?? "",
      record: decodeRelease(data),
      labels: secret?.metadata?.labels ?? {},
    };
  };
  return { newest: open(sorted[0]), deployed: open(deployed) };
}
