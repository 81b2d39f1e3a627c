import type { V1PodSpec } from "@kubernetes/client-node";
import { callApi } from "../api/api-error.js";
import type { KubeApi } from "../api/connect.js";
import type { KubeRelease } from "../release/find-release.js";
import { AGENT_CONTAINER } from "../release/labels.js";
import type { WitnessJobSpec, WitnessSecret } from "./witness-job.js";

/** What a witness of this release runs on: the image and the secrets of its agents. */
export type WitnessPlace = Pick<WitnessJobSpec, "image" | "imagePullPolicy" | "imagePullSecrets" | "secrets">;

/** Files of the witness's pod. */
export const WITNESS_TOKEN = "/run/secrets/evenkeel/token";
export const WITNESS_PASSWORD = "/run/secrets/password/password";
/** Each in a folder of its own, as a mounted key is. */
export const WITNESS_TLS = {
  caFile: "/run/secrets/tls-ca/ca.crt",
  certFile: "/run/secrets/tls-cert/tls.crt",
  keyFile: "/run/secrets/tls-key/tls.key",
} as const;

function secretOf(spec: V1PodSpec | undefined, file: string, path: string): WitnessSecret[] {
  for (const { secret } of spec?.volumes ?? []) {
    const item = secret?.items?.find((one) => one.path === file);
    if (secret?.secretName !== undefined && item) return [{ secret: secret.secretName, key: item.key, path }];
  }
  return [];
}

/** The Secret of certificates is mounted whole, under the names that its type has. */
function certificatesOf(spec: V1PodSpec | undefined): WitnessSecret[] {
  const secret = spec?.volumes?.find(({ name }) => name === "tls")?.secret?.secretName;
  if (secret === undefined) return [];
  return [
    { secret, key: "ca.crt", path: WITNESS_TLS.caFile },
    { secret, key: "tls.crt", path: WITNESS_TLS.certFile },
    { secret, key: "tls.key", path: WITNESS_TLS.keyFile },
  ];
}

/**
 * Reads the release's StatefulSet: the witness gets the same stock Node image, the agents' token, and the password and
 * certificates where there are any. It sees names of Secrets, never what is in them.
 */
export async function witnessPlace(api: KubeApi, { fullname }: KubeRelease): Promise<WitnessPlace> {
  const set = await callApi(`read the StatefulSet ${fullname}`, () =>
    api.apps.readNamespacedStatefulSet({ namespace: api.namespace, name: fullname }),
  );
  const spec = set.spec?.template.spec;
  const agent = spec?.initContainers?.find(({ name }) => name === AGENT_CONTAINER);
  const pullSecrets = (spec?.imagePullSecrets ?? []).flatMap(({ name }) => (name === undefined ? [] : [name]));
  return {
    image: agent?.image ?? "node",
    ...(agent?.imagePullPolicy === undefined ? {} : { imagePullPolicy: agent.imagePullPolicy }),
    ...(pullSecrets.length === 0 ? {} : { imagePullSecrets: pullSecrets }),
    secrets: [
      ...secretOf(spec, "token", WITNESS_TOKEN),
      ...secretOf(spec, "password", WITNESS_PASSWORD),
      ...certificatesOf(spec),
    ],
  };
}
