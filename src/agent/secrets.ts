import { readFileSync } from "node:fs";
import type { Login } from "../redis/connect-node.js";
import { AGENT_USER, type AccountSecrets, agentPassword } from "./accounts.js";
import type { AgentConfig } from "./config.js";
import { readIfThere } from "./files.js";

type SecretFiles = Pick<AgentConfig, "passwordFile" | "tokenFile" | "usersFile" | "tls" | "agentUser">;

/** Reads the files of mounted secrets at every call: they are renewed while the agent runs. */
export interface Secrets {
  readonly token: () => string;
  /** Of the default user. */
  readonly password: () => string | undefined;
  readonly accounts: () => AccountSecrets;
  /** How this agent logs in to any server of the cluster. */
  readonly login: () => Login;
}

export function createSecrets({ passwordFile, tokenFile, usersFile, tls, agentUser }: SecretFiles): Secrets {
  const token = (): string => readFileSync(tokenFile, "utf8").trim();
  const password = (): string | undefined =>
    passwordFile === undefined ? undefined : (readIfThere(passwordFile) ?? "").trim();
  const text = (path: string): string => readFileSync(path, "utf8");
  return {
    token,
    password,
    accounts: () => ({
      password: password(),
      token: token(),
      users: usersFile === undefined ? undefined : readIfThere(usersFile),
    }),
    login: () => ({
      ...(agentUser ? { user: AGENT_USER, password: agentPassword(token()) } : { password: password() }),
      ...(tls ? { tls: { ca: text(tls.ca), cert: text(tls.cert), key: text(tls.key) } } : {}),
    }),
  };
}
