import { cpSync } from "node:fs";
import { join } from "node:path";
import type { EngineBinary } from "../../../src/platforms/local/engines/engine-binary.js";
import { until } from "../../local/support/test-cluster.js";
import { plainServer } from "./plain-server.js";
import { fingerprint, sampleData } from "./sample-data.js";

const SETTINGS = ["--appendonly", "yes", "--appendfsync", "always", "--save", "", "--enable-debug-command", "yes"];

/**
 * Whether an engine starts on the append-only file of another and finds everything in it: the snapshot in front and the commands behind.
 * @returns undefined when it does, else the reader's words
 */
export async function measureAof(
  writer: EngineBinary,
  reader: EngineBinary,
  place: { readonly address: string; readonly folder: string },
): Promise<string | undefined> {
  const written = plainServer(place.address, join(place.folder, "written"));
  const read = plainServer(place.address, join(place.folder, "read"));
  try {
    await written.start(writer, SETTINGS);
    await written.write(sampleData("base"));
    await written.call("BGREWRITEAOF");
    await until("the rewrite is done", 10, async () => {
      const persistence = String(await written.call("INFO", "persistence"));
      return /aof_rewrite_in_progress:0/.test(persistence) && /aof_rewrite_scheduled:0/.test(persistence);
    });
    await written.write(sampleData("tail"));
    const expected = await fingerprint(written);
    await written.stop("nosave");
    cpSync(written.folder, read.folder, { recursive: true });
    const outcome = await read.start(reader, SETTINGS);
    if (!outcome.up) return outcome.reason;
    const found = await fingerprint(read);
    return found === expected ? undefined : `data differ: ${found} instead of ${expected}`;
  } finally {
    await written.kill();
    await read.kill();
  }
}
