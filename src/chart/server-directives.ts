import type { Value } from "./conversion.js";

/** Directives that the agent writes by itself; another value would break what it relies on. */
const OWNED = new Map<string, string>(
  Object.entries({
    bind: "the server listens on every address of its pod",
    port: "always 6379",
    "tls-port": "value tls.enabled",
    "cluster-port": "always 16379",
    "cluster-enabled": "always on",
    "cluster-config-file": "always nodes.conf in the volume",
    "cluster-node-timeout": "value nodeTimeoutMs",
    "cluster-announce-ip": "value addresses",
    "cluster-announce-hostname": "value addresses",
    "cluster-announce-port": "always 6379",
    "cluster-announce-bus-port": "always 16379",
    "cluster-preferred-endpoint-type": "follows tls.enabled",
    dir: "the volume at /data",
    daemonize: "the server is the container's first process",
    supervised: "the server is the container's first process",
    pidfile: "the server is the container's first process",
    logfile: "the log goes to the container's stdout",
    include: "the configuration comes from the agent in one piece",
    requirepass: "value auth, from a Secret",
    masterauth: "value auth, from a Secret",
    primaryauth: "value auth, from a Secret",
    masteruser: "value auth, from a Secret",
    aclfile: "value auth.users, from a Secret",
    user: "value auth.users, from a Secret",
    "replica-announce-ip": "value addresses",
    "slave-announce-ip": "value addresses",
  }),
);

/** A text of `redis.conf`, taken apart. */
export interface Directives {
  /** As the chart's value `config` takes them: a list where a directive is given more than once. */
  readonly config: Readonly<Record<string, Value>>;
  /** Directives that the chart itself sets. */
  readonly owned: readonly { readonly name: string; readonly reason: string }[];
}

/** Reads lines of a server's configuration: comments and empty lines go, later lines of one directive are kept. */
export function parseDirectives(text: string): Directives {
  const config: Record<string, Value> = {};
  const owned: { name: string; reason: string }[] = [];
  for (const raw of text.split("\n")) {
    const line = raw.trim();
    const [, given, rest] = /^([A-Za-z][\w-]*)\s+(.*)$/u.exec(line) ?? [];
    if (given === undefined || rest === undefined) continue;
    const name = given.toLowerCase();
    const reason = OWNED.get(name) ?? (name.startsWith("tls-") ? "value tls" : undefined);
    if (reason !== undefined) owned.push({ name, reason });
    else {
      const before = config[name];
      config[name] = before === undefined ? rest : [...(Array.isArray(before) ? before : [before]), rest];
    }
  }
  return { config, owned };
}
