import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer as createPlainServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createServer, type Server, type TLSSocket } from "node:tls";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { connectNode } from "../../../src/redis/connect-node.js";
import { openSocket, type TlsSettings } from "../../../src/redis/open-socket.js";

let folder = "";
let server: Server;
let port = 0;
const said: string[] = [];
const onData = (): void => undefined;

const at = (name: string): string => join(folder, name);
const openssl = (...args: string[]): void => {
  execFileSync("openssl", args, { stdio: "ignore", cwd: folder });
};
const key = (name: string): void =>
  openssl("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", `${name}.key`);

function authority(name: string): void {
  key(name);
  openssl("req", "-x509", "-new", "-key", `${name}.key`, "-subj", `/CN=${name}`, "-days", "2", "-out", `${name}.crt`);
}

function certificate(name: string, ca: string): void {
  key(name);
  openssl("req", "-new", "-key", `${name}.key`, "-subj", `/CN=${name}`, "-out", `${name}.csr`);
  writeFileSync(at("names"), "subjectAltName=DNS:rc-0.ns.svc.cluster.local\n");
  const signer = ["-CA", `${ca}.crt`, "-CAkey", `${ca}.key`, "-CAcreateserial"];
  openssl("x509", "-req", ...signer, "-in", `${name}.csr`, "-days", "2", "-extfile", "names", "-out", `${name}.crt`);
}

const read = (name: string): string => readFileSync(at(name), "utf8");
const settings = (): TlsSettings => ({ ca: read("ca.crt"), cert: read("node.crt"), key: read("node.key") });

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "evenkeel-tls-"));
  authority("ca");
  authority("stranger");
  certificate("node", "ca");
  const options = { ca: read("ca.crt"), cert: read("node.crt"), key: read("node.key"), requestCert: true };
  server = createServer({ ...options, rejectUnauthorized: true }, (socket: TLSSocket) => {
    socket.on("error", () => undefined);
    socket.on("data", (data) => {
      said.push(data.toString());
      socket.write("+OK\r\n");
    });
  });
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
  port = (server.address() as AddressInfo).port;
});
afterAll(() => {
  server.close();
  rmSync(folder, { recursive: true, force: true });
});

describe("a connection with TLS", () => {
  it("reaches a node at an address that its certificate does not hold, logs in by name, and is called by its announced address", async () => {
    const node = await connectNode({
      address: "10.96.0.1",
      via: "127.0.0.1",
      port,
      user: "evenkeel-agent",
      password: "p",
      tls: settings(),
    });
    expect(node.address).toBe("10.96.0.1");
    expect(said.join("")).toContain("AUTH\r\n$14\r\nevenkeel-agent\r\n$1\r\np\r\n");
    node.close();
  });

  it("refuses a server whose certificate comes from another authority", async () => {
    const tls = { ...settings(), ca: read("stranger.crt") };
    await expect(openSocket({ host: "127.0.0.1", port, timeoutMs: 2000, onData, tls })).rejects.toThrow(
      /certificate|signature/,
    );
  });

  it("checks the name where one is asked for", async () => {
    const named = (serverName: string): Promise<unknown> =>
      openSocket({ host: "127.0.0.1", port, timeoutMs: 2000, onData, tls: { ...settings(), serverName } });
    const socket = (await named("rc-0.ns.svc.cluster.local")) as TLSSocket;
    socket.destroy();
    await expect(named("rc-9.ns.svc.cluster.local")).rejects.toThrow(/rc-9/);
  });
});

describe("connections without TLS", () => {
  it("hand on what came over each, though replies come in pieces and between each other", async () => {
    const letters = ["a", "b", "c", "d"];
    const pieces = createPlainServer((socket) => {
      socket.on("error", () => undefined);
      socket.on("data", (asked) => {
        const letter = /\b[abcd]\b/.exec(asked.toString())?.[0] ?? "";
        const reply = `$90000\r\n${letter.repeat(90_000)}\r\n`;
        let sent = 0;
        const timer = setInterval(() => {
          socket.write(reply.slice(sent, (sent += 30_000)));
          if (sent >= reply.length) clearInterval(timer);
        }, 2);
      });
    });
    await new Promise<void>((ready) => pieces.listen(0, "127.0.0.1", ready));
    const { port: plainPort } = pieces.address() as AddressInfo;
    const nodes = await Promise.all(letters.map(() => connectNode({ address: "127.0.0.1", port: plainPort })));
    const replies = await Promise.all(nodes.map((node, index) => node.call("ECHO", letters[index] ?? "")));
    expect(replies).toEqual(letters.map((letter) => letter.repeat(90_000)));
    for (const node of nodes) node.close();
    pieces.close();
  });

  it("say so at once when the server closes them", async () => {
    const closing = createPlainServer((socket) => socket.once("data", () => socket.end()));
    await new Promise<void>((ready) => closing.listen(0, "127.0.0.1", ready));
    const { port: plainPort } = closing.address() as AddressInfo;
    const node = await connectNode({ address: "127.0.0.1", port: plainPort, timeoutMs: 30_000 });
    await expect(node.call("PING")).rejects.toMatchObject({ code: "NODE_UNREACHABLE", details: { kind: "error" } });
    expect(node.closed).toBe(true);
    closing.close();
  });
});
