#!/usr/bin/env node
const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  process.stderr.write(`evenkeel needs Node 20.19 or newer; this is ${process.version}.\n`);
  process.exit(2);
}

let cli;
try {
  cli = await import("../dist/cli/main.js");
} catch (error) {
  if (error?.code !== "ERR_MODULE_NOT_FOUND") throw error;
  process.stderr.write("evenkeel is not set up yet: run npm run setup in its folder.\n");
  process.exit(2);
}
// Left by hand: a client library's timer must not keep a command alive that has ended.
process.exit(await cli.runProcess());
