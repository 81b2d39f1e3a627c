import { createHash } from "node:crypto";
import type { NodeConnection } from "../redis/connect-node.js";
import { ReplyError } from "../redis/reply-error.js";
import { AGENT_USER, accounts } from "./accounts.js";
import type { AgentConfig } from "./config.js";
import { readIfThere } from "./files.js";
import type { Secrets } from "./secrets.js";

/** Mounted files change about once a minute at most. */
const LOOK_MS = 5000;

export interface SecretsKeeper {
  /** Brings renewed certificates and users into the running server; returns what was done, as sentences. */
  keep(connection: NodeConnection, now: number): Promise<readonly string[]>;
}

/**
 * Certificates and users are files of secrets that change while the server runs. The first look brings them in too: they may have
 * changed while no agent was there.
 */
export function createSecretsKeeper(config: AgentConfig, secrets: Secrets): SecretsKeeper {
  let lookAt = Number.NEGATIVE_INFINITY;
  let certificates = "";
  let users = "";
  let names: readonly string[] = [];

  const renewCertificates = async (connection: NodeConnection): Promise<string[]> => {
    const { tls } = config;
    if (tls === undefined) return [];
    const texts = [tls.ca, tls.cert, tls.key].map((path) => readIfThere(path) ?? "");
    const present = createHash("sha256").update(texts.join("\0")).digest("hex");
    if (present === certificates || texts.includes("")) return [];
    // The same paths again: the server reads the files anew. One command, because a key fits only its certificate.
    const files = ["tls-ca-cert-file", tls.ca, "tls-cert-file", tls.cert, "tls-key-file", tls.key];
    await connection.call("CONFIG", "SET", ...files);
    const first = certificates === "";
    certificates = present;
    return first ? [] : ["the server took up the renewed certificate"];
  };

  const renewUsers = async (connection: NodeConnection): Promise<string[]> => {
    if (!config.agentUser) return [];
    const wanted = accounts(secrets.accounts());
    const present = JSON.stringify(wanted);
    if (present === users) return [];
    const gone = names.filter((name) => name !== "default" && !wanted.some((account) => account.name === name));
    for (const { name, rules } of wanted)
      if (name !== AGENT_USER) await connection.call("ACL", "SETUSER", name, "reset", ...rules);
    if (gone.length > 0) await connection.call("ACL", "DELUSER", ...gone);
    const first = users === "";
    users = present;
    names = wanted.map(({ name }) => name);
    return first ? [] : ["the server took up the renewed users"];
  };

  /** A secret that the server refuses must stop nothing else; it is tried again at the next look. */
  const attempt = async (
    what: string,
    renew: (connection: NodeConnection) => Promise<string[]>,
    at: NodeConnection,
  ) => {
    try {
      return await renew(at);
    } catch (error) {
      if (!(error instanceof ReplyError)) throw error;
      return [`the server refuses the renewed ${what}: ${error.message}`];
    }
  };

  return {
    keep: async (connection, now) => {
      if (now < lookAt) return [];
      lookAt = now + LOOK_MS;
      return [
        ...(await attempt("certificate", renewCertificates, connection)),
        ...(await attempt("users", renewUsers, connection)),
      ];
    },
  };
}
