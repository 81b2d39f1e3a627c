import type { Credentials } from "../witness-config.js";

/** What the witness needs of a client library. One adapter file per library; add one here and in `connect-client.ts`. */
export interface ClusterClient {
  /** @returns the new value */
  incr(key: string): Promise<number>;
  /** @param ttlSeconds 0: the key stays */
  set(key: string, value: string, ttlSeconds: number): Promise<void>;
  /** From the primary. */
  get(key: string): Promise<string | null>;
  /** False when there is no such key (yet). */
  expire(key: string, ttlSeconds: number): Promise<boolean>;
  unlink(key: string): Promise<void>;
  /** Drops all connections at once; never throws. */
  close(): void;
}

export interface ConnectOptions extends Credentials {
  readonly seeds: readonly { readonly address: string; readonly port: number }[];
  /** Errors that belong to no command. The libraries would print them or throw them at the process. */
  readonly onError: (error: unknown) => void;
}

/**
 * Makes a client with the library's default settings: only the seeds, and what the servers demand to see. May reject while the
 * cluster is unreachable; may also resolve before a connection stands.
 */
export type ConnectClient = (options: ConnectOptions) => Promise<ClusterClient>;
