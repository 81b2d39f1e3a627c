import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** An endpoint that tells how clients fare. */
export interface SloEndpoint {
  readonly url: string;
  close(): void;
}

/** A real endpoint that answers what `answer` gives; a number is a status. */
export async function serveSlo(answer: (url: URL) => object | number): Promise<SloEndpoint> {
  const server = createServer((request, response) => {
    const given = answer(new URL(request.url ?? "", "http://x"));
    response.writeHead(typeof given === "number" ? given : 200, { "content-type": "application/json" });
    response.end(typeof given === "number" ? "" : JSON.stringify(given));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}
