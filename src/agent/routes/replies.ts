import type { HttpReply } from "../http-server.js";

export const ok = (body: unknown): HttpReply => ({ status: 200, body });
export const bad = (error: string): HttpReply => ({ status: 400, body: { error } });

/** An answer that says what went wrong with the call, though nothing was wrong with its words. */
export const failed = (error: unknown): HttpReply => ({
  status: 500,
  body: { error: error instanceof Error ? error.message : String(error) },
});
