import { execa } from "execa";
import { afterAll, beforeAll, expect, it } from "vitest";
import { parse, stringify } from "yaml";
import { type Manifest, render } from "../chart/support/render.js";
import { VALUE_SETS } from "../chart/support/value-sets.js";
import { kubectl as findKubectl } from "../support/helm.js";
import { kubeEnv, kubectl } from "./support/kube.js";
import { makeNamespace } from "./support/release.js";

/** Their CRDs are not on this cluster; test/chart checks what they require. */
const FOREIGN = ["Certificate", "ServiceMonitor", "PrometheusRule"];

let namespace: string;
let kubeVersion: string;
beforeAll(async () => {
  namespace = await makeNamespace();
  const { serverVersion } = parse(await kubectl(["version", "--output", "yaml"])) as {
    serverVersion: { gitVersion: string };
  };
  kubeVersion = serverVersion.gitVersion;
});
afterAll(async () => {
  await kubectl(["delete", "namespace", namespace, "--wait=false"]);
});

const inNamespace = (manifest: Manifest): Manifest =>
  manifest.metadata.namespace === undefined ? manifest : { ...manifest, metadata: { ...manifest.metadata, namespace } };

it.each(VALUE_SETS)("the API server takes every object, without a warning: $name", async ({ values, files = [] }) => {
  const manifests = (await render(values, { files, kubeVersion })).filter(({ kind }) => !FOREIGN.includes(kind));
  const { exitCode, stdout, stderr } = await execa(
    await findKubectl(),
    // `strict`: a field that the API server does not know is an error.
    ["apply", "--dry-run=server", "--validate=strict", "--filename", "-"],
    {
      env: await kubeEnv(),
      input: manifests.map((manifest) => stringify(inNamespace(manifest), { version: "1.1" })).join("---\n"),
      reject: false,
    },
  );
  expect(stderr).toBe("");
  expect(exitCode).toBe(0);
  expect(stdout.trim().split("\n")).toHaveLength(manifests.length);
});
