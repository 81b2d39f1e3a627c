import { Resolver } from "node:dns/promises";

/** An answer of DNS, and how long it may be used. */
export interface Answer {
  readonly address: string;
  readonly ttlSeconds: number;
}

/** The address of a name; undefined when the name does not exist, rejected when DNS did not answer. */
export type LookUp = (name: string) => Promise<Answer | undefined>;

const NO_SUCH_NAME = ["ENOTFOUND", "ENODATA"];

async function first(answers: Promise<{ address: string; ttl: number }[]>): Promise<Answer | undefined> {
  try {
    const [answer] = await answers;
    return answer && { address: answer.address, ttlSeconds: answer.ttl };
  } catch (error) {
    if (NO_SUCH_NAME.includes((error as NodeJS.ErrnoException).code ?? "")) return undefined;
    throw error;
  }
}

/**
 * Asks DNS itself and never the pod's hosts file, which answers for the pod's own name with the pod's address.
 * @param servers `address:port`; the pod's own resolvers when left out
 */
export function createLookUp(servers?: readonly string[]): LookUp {
  const resolver = new Resolver({ timeout: 1000, tries: 2 });
  if (servers) resolver.setServers(servers);
  return async (name) =>
    (await first(resolver.resolve4(name, { ttl: true }))) ?? first(resolver.resolve6(name, { ttl: true }));
}
