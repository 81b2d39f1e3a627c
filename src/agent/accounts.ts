import { createHash } from "node:crypto";

/** The agents' own user, where they have one: replication logs in as it too. Clients' passwords can then be renewed without it. */
export const AGENT_USER = "evenkeel-agent";

const ALL = "~* &* +@all";

const hash = (text: string): string => createHash("sha256").update(text).digest("hex");

/** Password of the agents' own user: all agents of a release know the token, and nobody else does. */
export function agentPassword(token: string): string {
  return hash(`evenkeel agent ${token}`);
}

export interface AccountSecrets {
  /** Of the default user; without it no password is asked for. */
  readonly password?: string | undefined;
  readonly token: string;
  /** Further users, in the lines of an ACL file. */
  readonly users?: string | undefined;
}

/** Name and rules of a user. */
export interface Account {
  readonly name: string;
  readonly rules: readonly string[];
}

/**
 * The users of a server. Passwords appear as hashes, but for those that the user's own lines hold. A line of the user's own for
 * `default` takes the place of ours; the agents' user cannot be taken.
 */
export function accounts({ password, token, users }: AccountSecrets): readonly Account[] {
  const own = (users ?? "").split("\n").flatMap((line): Account[] => {
    const [word, name, ...rules] = line.trim().split(/\s+/);
    return word === "user" && name !== undefined && name !== AGENT_USER ? [{ name, rules }] : [];
  });
  const login = password === undefined ? "nopass" : `#${hash(password)}`;
  const standard: Account = { name: "default", rules: `on ${login} ${ALL}`.split(" ") };
  return [
    ...(own.some(({ name }) => name === "default") ? [] : [standard]),
    { name: AGENT_USER, rules: `on #${hash(agentPassword(token))} ${ALL}`.split(" ") },
    ...own,
  ];
}
