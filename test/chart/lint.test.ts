import { describe, expect, it } from "vitest";
import { helm3, helm4 } from "../support/helm.js";
import { lint, render, template } from "./support/render.js";
import { VALUE_SETS } from "./support/value-sets.js";

describe.each([
  ["Helm 3", helm3],
  ["Helm 4", helm4],
])("%s", (_version, helm) => {
  it.each(VALUE_SETS)("lints without a complaint: $name", async ({ values, files = [] }) => {
    expect(await lint(await helm(), values, files)).toBe("");
  });
});

// Names and selectors must not depend on who renders: a team moves from one to the other with running clusters.
it.each(VALUE_SETS)("both Helms make the same objects: $name", async ({ values, files = [] }) => {
  const [three, four] = await Promise.all(
    [helm3, helm4].map(async (helm) => {
      const manifests = await render(values, { files, helm: await helm() });
      // The token is made up at each rendering without a cluster.
      return manifests
        .filter(({ kind, metadata }) => !(kind === "Secret" && metadata.name.endsWith("-token")))
        .map((manifest) => JSON.stringify(manifest))
        .toSorted();
    }),
  );
  expect(three).toEqual(four);
});

it("refuses a Kubernetes without native sidecars", async () => {
  const { ok, text } = await template({}, { kubeVersion: "1.28.5" });
  expect(ok).toBe(false);
  expect(text).toContain("kubeVersion: >=1.29.0");
});
