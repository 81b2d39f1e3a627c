import { createProcessIo } from "../cli/io.js";
import { runAction } from "./run-action.js";

// Left by hand: a client library's timer must not keep a step alive that has ended.
process.exit(await runAction(createProcessIo()));
