import { setTimeout as sleep } from "node:timers/promises";
import { EvenkeelError } from "../../../errors/evenkeel-error.js";
import type { BinaryConnection } from "../../../redis/connect-binary.js";
import { ReplyError } from "../../../redis/reply-error.js";
import { readInfo } from "./read-info.js";
import type { InfoFields } from "./read-info.js";

const LOOK_EVERY_MS = 50;
/** Another child (a rewrite of the append-only file, a full sync) is waited for this long. */
const OTHER_CHILD_MS = 300_000;
const SLOWEST_BYTES_PER_MS = 5000;

function failed(pod: string, why: string): EvenkeelError {
  return new EvenkeelError(`the server of ${pod} could not save a snapshot: ${why}`, {
    code: "SNAPSHOT_FAILED",
    owner: "environment",
    retryable: true,
    hint: "look at the disk and at the server's log",
    details: { pod },
  });
}

const busy = (info: InfoFields): boolean =>
  info.text("rdb_bgsave_in_progress") === "1" || info.text("aof_rewrite_in_progress") === "1";

/**
 * Asks the server for a snapshot and waits until it is on the disk.
 *
 * @returns when the moment was that the snapshot holds (`CONFIG GET dir` names where)
 * @throws EvenkeelError `SNAPSHOT_FAILED`
 */
export async function saveInBackground(
  connection: BinaryConnection,
  pod: string,
  options: { readonly signal?: AbortSignal | undefined },
): Promise<Date> {
  const begin = performance.now();
  let before = await readInfo(connection);
  let takenAt: Date;
  for (;;) {
    options.signal?.throwIfAborted();
    if (!busy(before)) {
      // Before the question: the fork, whose moment counts, comes after it.
      takenAt = new Date();
      const refused = await connection.call("BGSAVE").then(
        () => undefined,
        (error: unknown) => {
          if (error instanceof ReplyError) return error.message;
          throw error;
        },
      );
      if (refused === undefined) break;
      if (!/in progress|active/iu.test(refused)) throw failed(pod, refused);
    }
    if (performance.now() - begin > OTHER_CHILD_MS) throw failed(pod, "another of its child processes does not end");
    await sleep(LOOK_EVERY_MS);
    before = await readInfo(connection);
  }
  const deadline = performance.now() + 60_000 + before.number("used_memory") / SLOWEST_BYTES_PER_MS;
  for (;;) {
    options.signal?.throwIfAborted();
    const info = await readInfo(connection);
    if (info.text("rdb_bgsave_in_progress") === "0") {
      if (info.text("rdb_last_bgsave_status") !== "ok") throw failed(pod, "rdb_last_bgsave_status is not ok");
      if (info.number("rdb_saves") > before.number("rdb_saves")) return takenAt;
    }
    if (performance.now() > deadline) throw failed(pod, "BGSAVE does not end");
    await sleep(LOOK_EVERY_MS);
  }
}
