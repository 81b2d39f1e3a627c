import { resolve } from "node:path";
import { runKubelet } from "./run-kubelet.js";

const podDir = process.argv[2];
if (podDir === undefined) {
  process.stderr.write("usage: node kubelet.mjs POD_FOLDER\n");
  process.exit(2);
}
runKubelet(resolve(podDir)).then(
  () => process.exit(0),
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    process.exit(4);
  },
);
