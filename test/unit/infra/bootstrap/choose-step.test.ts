import { expect, test } from "vitest";
import { chooseStep, type BootstrapSituation } from "../../../../src/infra/bootstrap/choose-step.js";

const NOTHING: BootstrapSituation = {
  bucket: "b",
  region: "us-east-1",
  found: "missing",
  hasOwnState: false,
  localKnowsBucket: false,
  hasLocalState: false,
};

test.each([
  ["nothing is there", {}, "create"],
  ["it was killed before the bucket was made", { hasLocalState: true }, "resume"],
  [
    "it was killed after the bucket was made",
    { found: "present", hasLocalState: true, localKnowsBucket: true },
    "resume",
  ],
  [
    "it was killed while the state moved",
    { found: "present", hasOwnState: true, hasLocalState: true, localKnowsBucket: true },
    "migrate",
  ],
  ["all was done", { found: "present", hasOwnState: true }, "update"],
] as const)("when %s it goes on from there", (_when, situation, step) => {
  expect(chooseStep({ ...NOTHING, ...situation })).toBe(step);
});

test.each([
  ["foreign", "BUCKET_TAKEN"],
  ["elsewhere", "BUCKET_ELSEWHERE"],
  ["present", "BUCKET_NOT_OURS"],
] as const)("a bucket that is %s and not ours is refused", (found, code) => {
  expect(() => chooseStep({ ...NOTHING, found })).toThrow(expect.objectContaining({ code, exitCode: 3 }) as Error);
});
