import { connect } from "node:net";
import type { AddressInfo, Server } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { startControl } from "../../../src/agent/control-server.js";
import { startHttp, tokenMatches } from "../../../src/agent/http-server.js";

const servers: { close(): unknown }[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

const portOf = (server: Server): number => (server.address() as AddressInfo).port;

function talk(port: number, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: "127.0.0.1", port });
    let seen = "";
    socket.on("data", (data) => {
      seen += data.toString();
      socket.end();
    });
    socket.on("close", () => resolve(seen));
    socket.on("error", reject);
    socket.write(text);
  });
}

describe("the control port", () => {
  const start = async (): Promise<number> => {
    const server = await startControl("127.0.0.1", 0, {
      PING: { help: "answers", simple: true, run: () => "PONG" },
      FAIL: {
        help: "fails",
        run: () => {
          throw new Error("cannot\r\ndo it");
        },
      },
    });
    servers.push(server);
    return portOf(server);
  };

  it("answers commands as clients send them and as a person types them", async () => {
    const port = await start();
    expect(await talk(port, "*1\r\n$4\r\nPING\r\n")).toBe("+PONG\r\n");
    expect(await talk(port, "ping\r\n")).toBe("+PONG\r\n");
  });

  it("answers an unknown command with an error", async () => {
    expect(await talk(await start(), "SHUTDOWN\r\n")).toMatch(/^-ERR unknown command 'SHUTDOWN'/);
  });

  it("keeps an error on one line", async () => {
    expect(await talk(await start(), "FAIL\r\n")).toBe("-ERR cannot do it\r\n");
  });
});

describe("the HTTP port", () => {
  const start = async (): Promise<string> => {
    const server = await startHttp("127.0.0.1", 0, {
      token: () => "right",
      routes: {
        get: { "/live": () => ({ status: 200, body: { live: true } }) },
        post: { "/turn": (body) => ({ status: 200, body: { body } }) },
      },
    });
    servers.push(server);
    return `http://127.0.0.1:${portOf(server)}`;
  };

  it("lets everybody read", async () => {
    expect((await fetch(`${await start()}/live`)).status).toBe(200);
  });

  it("refuses a change without the token, or with another", async () => {
    const base = await start();
    expect((await fetch(`${base}/turn`, { method: "POST", body: "{}" })).status).toBe(401);
    expect(
      (await fetch(`${base}/turn`, { method: "POST", body: "{}", headers: { "x-evenkeel-token": "wrong" } })).status,
    ).toBe(401);
  });

  it("lets a change through with the token", async () => {
    const reply = await fetch(`${await start()}/turn`, {
      method: "POST",
      body: '{"a":1}',
      headers: { "x-evenkeel-token": "right" },
    });
    expect(await reply.json()).toEqual({ body: { a: 1 } });
  });

  it("names a bad body, an unknown page and a wrong method", async () => {
    const base = await start();
    const headers = { "x-evenkeel-token": "right" };
    expect((await fetch(`${base}/turn`, { method: "POST", body: "{", headers })).status).toBe(400);
    expect((await fetch(`${base}/nowhere`)).status).toBe(404);
    expect((await fetch(`${base}/live`, { method: "PUT" })).status).toBe(405);
  });

  it("takes an empty token for no token", () => {
    expect(tokenMatches("", "")).toBe(false);
  });
});
