import { isEvenkeelError } from "../../errors/evenkeel-error.js";
import { type Command, connectNode, type NodeConnection } from "../../redis/connect-node.js";
import { ReplyError } from "../../redis/reply-error.js";
import type { Agent } from "../agent.js";
import { createSecrets } from "../secrets.js";

/** The own server, for work that may take its time: one answer that comes late must not end it. */
export interface PatientServer {
  /** @throws ReplyError when the server answers an error; EvenkeelError `NODE_UNREACHABLE` when it goes on not answering */
  call(...command: Command): Promise<unknown>;
  close(): void;
}

/** While it forks a large process, or while the machine is busy, a server does not answer for seconds. */
const ANSWER_MS = 15_000;
const AGAIN_MS = 500;
const GIVE_UP_MS = 60_000;

/** While a script runs for long the server answers everything with BUSY, while it reads its data with LOADING. */
const passes = (error: unknown): error is Error =>
  error instanceof ReplyError ? /^(BUSY|LOADING) /.test(error.message) : isEvenkeelError(error) && error.retryable;

/**
 * Asks the own server until it answers. A command whose answer was lost is sent again, so only such belong here that may be
 * carried out twice.
 */
export function createPatientServer({ config, clock, log }: Pick<Agent, "config" | "clock" | "log">): PatientServer {
  const { login } = createSecrets(config);
  let connection: NodeConnection | undefined;
  const connected = async (): Promise<NodeConnection> => {
    if (connection && !connection.closed) return connection;
    const { announceAddress: address, ownAddress: via, serverPort: port } = config;
    connection = await connectNode({ address, port, via, ...login(), timeoutMs: ANSWER_MS });
    return connection;
  };
  return {
    call: async (...command) => {
      for (const end = clock.now() + GIVE_UP_MS; ;) {
        try {
          return await (await connected()).call(...command);
        } catch (error) {
          if (!passes(error) || clock.now() > end) throw error;
          log(`${command[0]} is asked again: ${error.message}`);
          await clock.sleep(AGAIN_MS);
        }
      }
    },
    close: () => connection?.close(),
  };
}
