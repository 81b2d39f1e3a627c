import type { Topology } from "../../cluster/types.js";
import type { ConnectCanary } from "../guard/canary-connections.js";

/** `cmdstat_hset:calls=3,usec=…`; a subcommand reads `config|get`. */
function parseCommandCalls(text: string): Readonly<Record<string, number>> {
  const calls = [...text.matchAll(/^cmdstat_([^:]+):calls=(\d+)/gmu)];
  return Object.fromEntries(calls.map(([, name = "", count = "0"]) => [name, Number(count)]));
}

/** Asks every primary how often each command was called since its server started; one that does not answer adds nothing. */
export function countCommands(
  connect: ConnectCanary,
): (topology: Topology) => Promise<Readonly<Record<string, number>>> {
  return async ({ shards }) => {
    const sum: Record<string, number> = {};
    const ask = async (address: string, port: number): Promise<void> => {
      const connection = await connect(address, port);
      try {
        const [text] = await connection.pipeline([["INFO", "commandstats"]]);
        for (const [name, count] of Object.entries(parseCommandCalls(String(text))))
          sum[name] = (sum[name] ?? 0) + count;
      } finally {
        connection.close();
      }
    };
    await Promise.allSettled(shards.map(({ primary }) => ask(primary.address, primary.port)));
    return sum;
  };
}
