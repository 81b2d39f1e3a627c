import { readFile } from "node:fs/promises";
import { z } from "zod";
import { EvenkeelError } from "../errors/evenkeel-error.js";

/** The client libraries that have an adapter in `clients/`. */
export const LIBRARIES = ["ioredis", "node-redis", "iovalkey"] as const;
export type Library = (typeof LIBRARIES)[number];

const seed = z.strictObject({ address: z.string().min(1), port: z.int().min(1).max(65_535) });

const schema = z.strictObject({
  seeds: z.array(seed).min(1),
  /** Commands per second, shared by the clients. */
  rate: z.number().positive().max(100_000),
  clients: z
    .array(z.enum(LIBRARIES))
    .min(1)
    .refine((names) => new Set(names).size === names.length, "each client once"),
  /** Seconds between two commands of the nearly idle client; 0: no such client. */
  idleSeconds: z.number().min(0).default(5),
  /** Part of every key. No braces: a hash tag would gather all keys in one slot. */
  run: z.string().regex(/^[\w.-]{1,64}$/),
  /** Time to live of the keys; 0: they stay. */
  ttlSeconds: z.int().min(0).default(0),
  /** Remove the keys after the read-back. */
  cleanup: z.boolean().default(false),
  windowMs: z.int().min(50).max(60_000).default(250),
  /** The load ends by itself after this long. */
  forSeconds: z.number().positive().optional(),
  /** Every client must have had commands answered within this long. */
  connectSeconds: z.number().positive().max(600).default(15),
  /** Never the password itself: arguments and configuration are readable by others. */
  passwordFile: z.string().min(1).optional(),
  /** ACL user; the default user when there is none. */
  user: z.string().min(1).optional(),
  /** PEM files. With an authority everything goes by TLS; certificate and key for servers that ask for one. */
  tls: z
    .strictObject({
      caFile: z.string().min(1),
      certFile: z.string().min(1).optional(),
      keyFile: z.string().min(1).optional(),
    })
    .optional(),
  /** Where `finish` and `abort` come from. `http`: a port for whoever has the token (a Job has no standard input). */
  control: z.enum(["stdin", "http"]).default("stdin"),
  controlPort: z.int().min(0).max(65_535).default(9640),
  tokenFile: z.string().min(1).optional(),
  /** With `http`: the load ends, with its read-back, when nobody has asked for it for so long. */
  aloneSeconds: z.number().positive().default(300),
});

export type WitnessConfig = z.output<typeof schema>;
/** The same before defaults are filled in. */
export type WitnessConfigInput = z.input<typeof schema>;

/**
 * Fills in defaults and refuses what makes no sense.
 * @throws EvenkeelError `WITNESS_CONFIG` that names each wrong field
 */
export function parseWitnessConfig(input: unknown): WitnessConfig {
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  const issues = parsed.error.issues.map((issue) => `${issue.path.join(".") || "config"}: ${issue.message}`);
  throw new EvenkeelError(`the witness's configuration is wrong: ${issues.join("; ")}`, {
    code: "WITNESS_CONFIG",
    owner: "user",
    hint: "correct the named fields",
  });
}

/**
 * Reads a configuration file (JSON).
 * @throws EvenkeelError `WITNESS_CONFIG` when it cannot be read, is not JSON or has wrong fields
 */
export async function readWitnessConfig(file: string): Promise<WitnessConfig> {
  let input: unknown;
  try {
    input = JSON.parse(await readFile(file, "utf8"));
  } catch (error) {
    throw new EvenkeelError(`cannot read the witness's configuration ${file}: ${String(error)}`, {
      code: "WITNESS_CONFIG",
      owner: "user",
      hint: "name a readable JSON file with --config",
      cause: error,
    });
  }
  return parseWitnessConfig(input);
}

/** What the servers want to see; read from files. */
export interface Credentials {
  readonly user?: string;
  readonly password?: string;
  readonly tls?: { readonly ca: string; readonly cert?: string; readonly key?: string };
}

/**
 * Password and certificates, from the files that the configuration names.
 * @throws EvenkeelError `WITNESS_PASSWORD_FILE` when a file cannot be read
 */
export async function readCredentials({ user, passwordFile, tls }: WitnessConfig): Promise<Credentials> {
  const password = await readSecret(passwordFile);
  const ca = await readSecret(tls?.caFile);
  const cert = await readSecret(tls?.certFile);
  const key = await readSecret(tls?.keyFile);
  return {
    ...(user === undefined ? {} : { user }),
    ...(password === undefined ? {} : { password: password.replace(/\r?\n$/, "") }),
    ...(ca === undefined
      ? {}
      : { tls: { ca, ...(cert === undefined ? {} : { cert }), ...(key === undefined ? {} : { key }) } }),
  };
}

async function readSecret(file: string | undefined): Promise<string | undefined> {
  if (file === undefined) return undefined;
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    throw new EvenkeelError(`cannot read the file ${file}`, {
      code: "WITNESS_PASSWORD_FILE",
      owner: "user",
      hint: "check the path and that this user may read it",
      cause: error,
    });
  }
}
