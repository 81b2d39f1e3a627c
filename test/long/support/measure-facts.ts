import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { EngineBinary } from "../../../src/platforms/local/engines/engine-binary.js";
import { until } from "../../local/support/test-cluster.js";
import { type PlainServer, plainServer, PORT } from "./plain-server.js";

/** What a version writes and knows, asked of the server itself. */
export interface EngineFacts {
  /** The magic in front of dump.rdb. */
  readonly format: string;
  /** Fields of nodes.conf behind the host name, with everything announced that can be. */
  readonly nodesConfFields: readonly string[];
  /** Of the fields asked about: those on which it does not start, or which it takes for a part of a peer's host name. */
  readonly refusedFields: readonly string[];
  /** Commands and subcommands with the flag `write`, upper case, sorted. */
  readonly writeCommands: readonly string[];
}

const ANNOUNCE = [
  ["cluster-announce-hostname", "host"],
  ["cluster-announce-human-nodename", "node"],
  ["cluster-announce-client-ipv4", "10.0.0.1"],
  ["cluster-announce-client-ipv6", "::1"],
  ["cluster-announce-client-port", "7000"],
  ["cluster-announce-client-tls-port", "7001"],
  ["availability-zone", "a"],
] as const;

type CommandEntry = readonly [name: string, arity: number, flags: readonly string[], ...unknown[]];

function writing(commands: readonly CommandEntry[]): string[] {
  return commands.flatMap((entry) => [
    ...(entry[2].includes("write") ? [entry[0].replace("|", " ").toUpperCase()] : []),
    ...writing((entry[9] ?? []) as CommandEntry[]),
  ]);
}

/** Values that are right for a field; anything else is a word. */
const VALUES: Readonly<Record<string, string>> = {
  "shard-id": "b".repeat(40),
  "tcp-port": "6379",
  "tls-port": "0",
  "client-ipv4": "10.0.0.1",
  "client-ipv6": "::1",
  "client-tcp-port": "7000",
  "client-tls-port": "7001",
};

/** Whether an engine goes wrong on a nodes.conf that has this field in the line of a peer which is not there. */
async function refusesField(engine: EngineBinary, field: string, server: PlainServer): Promise<boolean> {
  const place = `:${PORT}@${PORT + 10_000},peer.test,${field}=${VALUES[field] ?? "word"}`;
  const lines = [
    `${"a".repeat(40)} ${server.address}:${PORT}@${PORT + 10_000} myself,master - 0 0 1 connected 0-16382`,
    `${"d".repeat(40)} ${server.address.replace(/\d+$/, "254")}${place} master - 0 0 2 connected 16383`,
    "vars currentEpoch 2 lastVoteEpoch 0",
  ];
  writeFileSync(join(server.folder, "nodes.conf"), `${lines.join("\n")}\n`);
  try {
    const outcome = await server.start(engine, ["--cluster-enabled", "yes", "--save", ""]);
    return !outcome.up || String(await server.call("CLUSTER", "NODES")).includes("=");
  } finally {
    await server.kill();
  }
}

/**
 * Starts the engine alone at an address, and asks.
 * @param fields of nodes.conf to try it with
 */
export async function measureFacts(
  engine: EngineBinary,
  address: string,
  fields: readonly string[],
): Promise<EngineFacts> {
  const folder = mkdtempSync(join(tmpdir(), "evenkeel-facts-"));
  const refusedFields: string[] = [];
  for (const field of fields) {
    if (await refusesField(engine, field, plainServer(address, join(folder, field)))) refusedFields.push(field);
  }
  const server = plainServer(address, join(folder, "data"));
  try {
    await server.start(engine, ["--cluster-enabled", "yes", "--save", ""]);
    for (const [name, value] of ANNOUNCE) {
      // Settings that this version does not have.
      await server.call("CONFIG", "SET", name, value).catch(() => undefined);
    }
    await server.call("CLUSTER", "SAVECONFIG");
    const [, place = ""] = readFileSync(join(server.folder, "nodes.conf"), "utf8").split(" ");
    await until("the snapshot is written", 5, async () => (await server.call("SAVE")) === "OK");
    return {
      format: readFileSync(join(server.folder, "dump.rdb")).subarray(0, 9).toString("latin1"),
      nodesConfFields: place
        .split(",")
        .filter((field) => field.includes("="))
        .map((field) => field.split("=")[0] ?? ""),
      refusedFields,
      writeCommands: writing((await server.call("COMMAND")) as CommandEntry[]).toSorted(),
    };
  } finally {
    await server.kill();
    rmSync(folder, { recursive: true, force: true });
  }
}
