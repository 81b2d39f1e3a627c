import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { providerSchema, PROVIDER_NAMES } from "../schema/provider-schema.js";
import type { ProviderName } from "../schema/provider-schema.js";
import type { BlockSchema, ProviderSchema } from "../schema/schema.js";
import { supportPackages } from "../support-packages.js";
import { providerAnswers } from "./answers.js";
import type { Answer } from "./answers.js";
import { wireCodec } from "./wire-value.js";
import type { MessagePack } from "./wire-value.js";

type Callback = (error: { code: number; message: string } | null, answer?: unknown) => void;
type Method = (call: { request: Parameters<Answer>[0] }, callback: Callback) => void;
interface Server {
  addService(service: object, methods: Record<string, Method>): void;
  bindAsync(address: string, credentials: unknown, callback: (error: Error | null) => void): void;
  forceShutdown(): void;
}
interface Grpc {
  readonly Server: new (options: Record<string, number>) => Server;
  readonly ServerCredentials: { createInsecure(): unknown };
  readonly status: { readonly INTERNAL: number };
  loadPackageDefinition(definition: unknown): { tfplugin5: { Provider: { service: Record<string, unknown> } } };
}
interface ProtoLoader {
  loadSync(file: string, options: Record<string, unknown>): unknown;
}

export interface ServedProviders {
  /** Set it for terraform and it asks these providers instead of installing any. */
  readonly environment: { readonly TF_REATTACH_PROVIDERS: string };
  readonly close: () => void;
}

/** Only the types that are used: terraform asks for the whole schema at every start. */
function only(schema: ProviderSchema, types: ReadonlySet<string>): ProviderSchema {
  const pick = (blocks: Readonly<Record<string, BlockSchema>>): Record<string, BlockSchema> =>
    Object.fromEntries(Object.entries(blocks).filter(([type]) => types.has(type)));
  return { ...schema, resources: pick(schema.resources), dataSources: pick(schema.dataSources) };
}

/**
 * Serves the AWS, Kubernetes and helm providers to terraform, from this process, over unix sockets.
 * @param types the resource and data source types that the configurations name
 */
export async function serveProviders(types: ReadonlySet<string>): Promise<ServedProviders> {
  const load = await supportPackages();
  const grpc = load("@grpc/grpc-js") as Grpc;
  const proto = fileURLToPath(new URL("plugin-protocol.proto", import.meta.url));
  const definition = (load("@grpc/proto-loader") as ProtoLoader).loadSync(proto, { keepCase: true, arrays: true });
  const { service } = grpc.loadPackageDefinition(definition).tfplugin5.Provider;
  const codec = wireCodec(load("@msgpack/msgpack") as MessagePack);
  const folder = mkdtempSync(join(tmpdir(), "evenkeel-tf-"));
  const servers: Server[] = [];

  const serve = async (name: ProviderName): Promise<readonly [string, unknown]> => {
    const answers = providerAnswers(only(await providerSchema(name), types), codec);
    const method = (answer: Answer | undefined): Method => {
      return ({ request }, callback) => {
        try {
          callback(null, answer?.(request));
        } catch (error) {
          callback({
            code: grpc.status.INTERNAL,
            message: error instanceof Error ? String(error.stack) : String(error),
          });
        }
      };
    };
    const server = new grpc.Server({ "grpc.max_send_message_length": -1, "grpc.max_receive_message_length": -1 });
    server.addService(service, Object.fromEntries(Object.keys(service).map((key) => [key, method(answers[key])])));
    servers.push(server);
    const socket = join(folder, name);
    await new Promise<void>((resolve, reject) => {
      const bound = (error: Error | null): void => (error === null ? resolve() : reject(error));
      server.bindAsync(`unix:${socket}`, grpc.ServerCredentials.createInsecure(), bound);
    });
    const address = { Network: "unix", String: socket };
    const how = { Protocol: "grpc", ProtocolVersion: 5, Pid: process.pid, Test: true, Addr: address };
    return [`registry.terraform.io/hashicorp/${name}`, how];
  };

  const reattach = Object.fromEntries(await Promise.all(PROVIDER_NAMES.map(serve)));
  return {
    environment: { TF_REATTACH_PROVIDERS: JSON.stringify(reattach) },
    close: () => {
      for (const server of servers) server.forceShutdown();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
