import { build } from "esbuild";
import { expect, it } from "vitest";
import { PROGRAM, REQUIRE } from "../../../scripts/program-options.mjs";

it("the agent is one file of less than 300 kB, without a part of the platforms, the command line or the upgrade", async () => {
  const { outputFiles, metafile } = await build({
    ...PROGRAM,
    entryPoints: ["src/agent/main.ts"],
    banner: REQUIRE,
    write: false,
    metafile: true,
  });
  expect(outputFiles).toHaveLength(1);
  expect(outputFiles[0]?.contents.length).toBeLessThan(300_000);
  const folders = Object.keys(metafile.inputs)
    .filter((file) => file.startsWith("src/"))
    .map((file) => file.split("/")[1]);
  expect(new Set(folders)).toEqual(new Set(["agent", "cluster", "errors", "ports", "redis"]));
});
