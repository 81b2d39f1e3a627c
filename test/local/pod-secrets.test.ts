import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect } from "node:tls";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { AgentConfig } from "../../src/agent/config.js";
import { createSecretsKeeper } from "../../src/agent/renew-secrets.js";
import { createSecrets } from "../../src/agent/secrets.js";
import { serverConfig } from "../../src/agent/server-config.js";
import { resolveEngine } from "../../src/platforms/local/engines/resolve-engine.js";
import { connectNode, type NodeConnection } from "../../src/redis/connect-node.js";

const ADDRESS = "127.77.41.1";
const folder = mkdtempSync(join(tmpdir(), "evenkeel-secrets-"));
const at = (name: string): string => join(folder, name);
const openssl = (...args: string[]): void => {
  execFileSync("openssl", args, { stdio: "ignore", cwd: folder });
};

/** A certificate of the one authority, with another subject each time. */
function certificate(name: string): void {
  openssl("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", "tls.key");
  openssl("req", "-new", "-key", "tls.key", "-subj", `/CN=${name}`, "-out", "request");
  const signer = ["-CA", "ca.crt", "-CAkey", "ca.key", "-CAcreateserial"];
  openssl("x509", "-req", ...signer, "-in", "request", "-days", "2", "-out", "tls.crt");
}

const config = {
  bindAddress: ADDRESS,
  announceAddress: ADDRESS,
  serverPort: 6379,
  nodeTimeoutMs: 5000,
  dataDir: folder,
  tokenFile: at("token"),
  passwordFile: at("password"),
  usersFile: at("users"),
  agentUser: true,
  tls: { ca: at("ca.crt"), cert: at("tls.crt"), key: at("tls.key"), authClients: true },
  serverConfig: [],
} as unknown as AgentConfig;
const secrets = createSecrets(config);

let end: () => void = () => undefined;
beforeAll(async () => {
  openssl("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", "ca.key");
  openssl("req", "-x509", "-new", "-key", "ca.key", "-subj", "/CN=authority", "-days", "2", "-out", "ca.crt");
  certificate("first");
  writeFileSync(at("token"), "the token\n");
  writeFileSync(at("password"), 'a "strange" pass word\n');
  writeFileSync(at("users"), "user app on >old ~* &* +@all\nuser leaver on >x ~* +@all\n");
  const engine = await resolveEngine({ engine: "redis", version: "7.0" }, { env: process.env });
  const [program = "", ...prefix] = engine.server;
  const server = spawn(program, [...prefix, "-"], { stdio: ["pipe", "ignore", "ignore"] });
  end = () => server.kill("SIGKILL");
  server.stdin.end(serverConfig(config, secrets.accounts()));
});
afterAll(() => {
  end();
  rmSync(folder, { recursive: true, force: true });
});

const logIn = (user?: string, password?: string): Promise<NodeConnection> =>
  connectNode({ address: ADDRESS, port: 6379, ...secrets.login(), user, password });

async function whoAmI(user?: string, password?: string): Promise<unknown> {
  const connection = await logIn(user, password);
  try {
    return await connection.call("ACL", "WHOAMI");
  } finally {
    connection.close();
  }
}

function subject(): Promise<string> {
  const { ca, cert, key } = config.tls ?? { ca: "", cert: "", key: "" };
  const files = { ca: readFileSync(ca), cert: readFileSync(cert), key: readFileSync(key) };
  return new Promise((resolve, reject) => {
    const socket = connect({ host: ADDRESS, port: 6379, ...files, checkServerIdentity: () => undefined }, () => {
      resolve(String(socket.getPeerCertificate().subject.CN));
      socket.destroy();
    });
    socket.on("error", reject);
  });
}

it("lets in the agents as themselves, clients by the password and users by their own lines; nobody without", async () => {
  await expect.poll(() => subject().catch(() => ""), { timeout: 10_000 }).toBe("first");
  const { user, password } = secrets.login();
  expect(await whoAmI(user, password)).toBe("evenkeel-agent");
  expect(await whoAmI("default", 'a "strange" pass word')).toBe("default");
  expect(await whoAmI("app", "old")).toBe("app");
  await expect(whoAmI()).rejects.toThrow(/NOAUTH/);
  await expect(whoAmI("default", "guess")).rejects.toThrow(/WRONGPASS/);
});

it("takes up a renewed certificate and renewed users while the server runs, without cutting who is connected", async () => {
  const { user, password } = secrets.login();
  const agent = await logIn(user, password);
  const client = await logIn("default", 'a "strange" pass word');
  const keeper = createSecretsKeeper(config, secrets);
  expect(await keeper.keep(agent, 0)).toEqual([]);

  certificate("second");
  writeFileSync(at("users"), "user app on >new ~* &* +@all\n");
  expect(await keeper.keep(agent, 1000)).toEqual([]);
  expect(await keeper.keep(agent, 5000)).toEqual([
    "the server took up the renewed certificate",
    "the server took up the renewed users",
  ]);
  expect(await subject()).toBe("second");
  expect(await whoAmI("app", "new")).toBe("app");
  await expect(whoAmI("app", "old")).rejects.toThrow(/WRONGPASS/);
  await expect(whoAmI("leaver", "x")).rejects.toThrow(/WRONGPASS/);
  expect(await client.call("PING")).toBe("PONG");

  writeFileSync(at("users"), "user app on >new nonsense\n");
  expect(await keeper.keep(agent, 10_000)).toEqual([expect.stringContaining("refuses the renewed users")]);
  expect(await whoAmI("app", "new")).toBe("app");
  agent.close();
  client.close();
});
