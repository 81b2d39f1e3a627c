import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { chooseWitness } from "../../../src/cli/choose-witness.js";

const folder = mkdtempSync(join(tmpdir(), "evenkeel-witness-flags-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("the witness that the command line asks for", () => {
  it("is one of ours at the rate that is asked for, or none", async () => {
    expect(await chooseWitness({ witness: "on", rate: 200 })).toBe(200);
    expect(await chooseWitness({ witness: "off", rate: 200 })).toBe(0);
  });

  it("is a measurement of the user's own, read from the file that is named", async () => {
    const file = join(folder, "slo.yaml");
    writeFileSync(file, "kind: json\nurl: http://127.0.0.1:1/slo\n");
    expect(await chooseWitness({ witness: "external", witnessConfig: file, rate: 200 })).toEqual({
      kind: "json",
      url: "http://127.0.0.1:1/slo",
      everyMs: 1000,
    });
  });

  it("is refused when flags contradict each other, or the file is wrong", async () => {
    await expect(chooseWitness({ witness: "external", rate: 200 })).rejects.toMatchObject({ code: "WITNESS_FLAGS" });
    await expect(chooseWitness({ witness: "on", witnessConfig: "slo.yaml", rate: 200 })).rejects.toMatchObject({
      code: "WITNESS_FLAGS",
    });
    const missing = join(folder, "missing.yaml");
    await expect(chooseWitness({ witness: "external", witnessConfig: missing, rate: 200 })).rejects.toMatchObject({
      code: "WITNESS_CONFIG",
    });
  });
});
