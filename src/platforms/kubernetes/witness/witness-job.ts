import type { V1Job, V1OwnerReference, V1ConfigMap } from "@kubernetes/client-node";
import { AGENT_HTTP_PORT } from "../../../cluster/constants.js";

/** One key of a Secret as a file of the witness. */
export interface WitnessSecret {
  readonly secret: string;
  readonly key: string;
  /** Where the settings say that it is, e.g. `/run/secrets/evenkeel/password`. Each in a folder of its own. */
  readonly path: string;
}

/** What a witness's Job is made of. Nothing of it is secret. */
export interface WitnessJobSpec {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Labels of the pod alone, e.g. those that a NetworkPolicy lets in. */
  readonly podLabels?: Readonly<Record<string, string>>;
  /** A stock Node image. */
  readonly image: string;
  readonly imagePullPolicy?: string;
  readonly imagePullSecrets?: readonly string[];
  readonly secrets: readonly WitnessSecret[];
  /** It is ended after this long, whatever it does. */
  readonly maxSeconds: number;
}

/** The container whose log is the witness's standard output. */
export const WITNESS_CONTAINER = "witness";
/** A finished Job that nobody removes is removed by Kubernetes. */
const KEEP_SECONDS = 600;
/** SIGTERM means: end the load and read back. */
const GRACE_SECONDS = 120;
const FOLDERS = { program: "/opt/evenkeel", config: "/etc/evenkeel", unpacked: "/run/evenkeel" } as const;

/**
 * The program is larger than a ConfigMap may be, so its files travel packed and are unpacked before they are run. No shell: any
 * image with Node will do.
 */
const START = [
  'const fs=require("fs"),zlib=require("zlib");',
  `for(const f of fs.readdirSync("${FOLDERS.program}"))if(f.endsWith(".gz"))`,
  `fs.writeFileSync("${FOLDERS.unpacked}/"+f.slice(0,-3),zlib.gunzipSync(fs.readFileSync("${FOLDERS.program}/"+f)));`,
  `import("${FOLDERS.unpacked}/witness.mjs")`,
].join("");

/** Made suspended: the ConfigMap that it needs belongs to it, and can only be made after it. */
export function witnessJob(spec: WitnessJobSpec): V1Job {
  return {
    metadata: { name: spec.name, labels: { ...spec.labels } },
    spec: {
      suspend: true,
      backoffLimit: 0,
      activeDeadlineSeconds: spec.maxSeconds,
      ttlSecondsAfterFinished: KEEP_SECONDS,
      template: {
        metadata: {
          labels: { ...spec.labels, ...spec.podLabels },
          // A cluster autoscaler must not take the judge away in the middle of an upgrade.
          annotations: {
            "cluster-autoscaler.kubernetes.io/safe-to-evict": "false",
            "karpenter.sh/do-not-disrupt": "true",
          },
        },
        spec: podSpec(spec),
      },
    },
  };
}

function podSpec(spec: WitnessJobSpec): NonNullable<V1Job["spec"]>["template"]["spec"] {
  const secrets = spec.secrets.map((one, index) => ({ ...one, volume: `secret-${index}` }));
  return {
    restartPolicy: "Never",
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    terminationGracePeriodSeconds: GRACE_SECONDS,
    imagePullSecrets: (spec.imagePullSecrets ?? []).map((name) => ({ name })),
    securityContext: {
      runAsNonRoot: true,
      runAsUser: 1000,
      runAsGroup: 1000,
      fsGroup: 1000,
      seccompProfile: { type: "RuntimeDefault" },
    },
    containers: [
      {
        name: WITNESS_CONTAINER,
        image: spec.image,
        ...(spec.imagePullPolicy === undefined ? {} : { imagePullPolicy: spec.imagePullPolicy }),
        command: ["node", "-e", START, "--", "--config", `${FOLDERS.config}/witness.json`],
        ports: [{ name: "orders", containerPort: AGENT_HTTP_PORT }],
        resources: { requests: { cpu: "100m", memory: "128Mi" }, limits: { memory: "512Mi" } },
        securityContext: {
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ["ALL"] },
        },
        volumeMounts: [
          { name: "program", mountPath: FOLDERS.program, readOnly: true },
          { name: "settings", mountPath: FOLDERS.config, readOnly: true },
          { name: "unpacked", mountPath: FOLDERS.unpacked },
          ...secrets.map(({ volume, path }) => ({ name: volume, mountPath: folderOf(path), readOnly: true })),
        ],
      },
    ],
    volumes: [
      { name: "program", configMap: { name: `${spec.name}-program` } },
      { name: "settings", configMap: { name: spec.name } },
      { name: "unpacked", emptyDir: { sizeLimit: "32Mi" } },
      ...secrets.map(({ volume, secret, key, path }) => ({
        name: volume,
        secret: {
          secretName: secret,
          defaultMode: 0o440,
          items: [{ key, path: path.slice(folderOf(path).length + 1) }],
        },
      })),
    ],
  };
}

const folderOf = (path: string): string => path.slice(0, path.lastIndexOf("/"));

/** The packed program and the settings; they go with the Job. */
export function witnessConfigMaps(
  spec: WitnessJobSpec,
  {
    owner,
    settings,
    program,
  }: { readonly owner: string; readonly settings: object; readonly program: Readonly<Record<string, string>> },
): readonly V1ConfigMap[] {
  const ownerReferences: V1OwnerReference[] = [{ apiVersion: "batch/v1", kind: "Job", name: spec.name, uid: owner }];
  const metadata = { labels: { ...spec.labels }, ownerReferences };
  return [
    { metadata: { ...metadata, name: spec.name }, data: { "witness.json": JSON.stringify(settings) } },
    { metadata: { ...metadata, name: `${spec.name}-program` }, binaryData: { ...program } },
  ];
}
