import { needCredentials } from "../../../infra/aws/credentials.js";
import { openStateStore, type StateStore } from "../../../infra/aws/state-store.js";
import type { CommandContext } from "../../context.js";
import type { OpenFile } from "./open-file.js";

/**
 * Opens the bucket and the lock table for reading.
 * @throws EvenkeelError `AWS_CREDENTIALS`
 */
export async function openStore(context: CommandContext, { file }: OpenFile): Promise<StateStore> {
  const { io, signal, mask } = context;
  const credentials = await needCredentials(io.env);
  mask(credentials.secretAccessKey);
  if (credentials.sessionToken !== undefined) mask(credentials.sessionToken);
  return openStateStore({ state: file.state, credentials, env: io.env, signal });
}
