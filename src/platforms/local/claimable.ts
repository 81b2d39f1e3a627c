import { createServer } from "node:net";

/** Why an address cannot be bound, or that it can: `taken` (EADDRINUSE), `refused` (EADDRNOTAVAIL: no such address). */
export type BindAnswer = "free" | "taken" | "refused";

/** Tries to bind a port on an address and gives it back at once. */
export type TryBind = (address: string, port: number) => Promise<BindAnswer>;

/** Sorts an error of `listen` into what the user has to do about it; undefined for any other error. */
export function sortBindError(error: unknown): Exclude<BindAnswer, "free"> | undefined {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  if (code === "EADDRINUSE") return "taken";
  if (code === "EADDRNOTAVAIL") return "refused";
  return undefined;
}

/** {@link TryBind} with real sockets. */
export const tryBind: TryBind = (address, port) =>
  new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", (error) => {
      const answer = sortBindError(error);
      if (answer === undefined) reject(error);
      else resolve(answer);
    });
    server.listen({ host: address, port, exclusive: true }, () => server.close(() => resolve("free")));
  });
