import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { AgentConfig } from "../../../src/agent/config.js";
import { forgetAddresses, giveUpSlots } from "../../../src/agent/prepare.js";

const [OWN, PEER, OTHER] = ["a", "b", "c"].map((letter) => letter.repeat(40));
const VARS = "vars currentEpoch 6 lastVoteEpoch 0\n";
const own = (slots: string): string => `${OWN} 127.1.1.1:6379@16379 myself,master - 0 0 1 connected${slots}\n`;
const peer = (place: string, flags = "slave"): string => `${PEER} ${place} ${flags} ${OWN} 0 1 1 connected\n`;
const other = (place: string, flags = "master"): string => `${OTHER} ${place} ${flags} - 0 1 2 connected 101-16383\n`;

let dataDir = "";
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), "evenkeel-prepare-"));
});
afterEach(() => rmSync(dataDir, { recursive: true, force: true }));

const write = (text: string): void => writeFileSync(join(dataDir, "nodes.conf"), text);
const read = (): string => readFileSync(join(dataDir, "nodes.conf"), "utf8");
const config = (): AgentConfig => ({ dataDir }) as AgentConfig;

describe("giving up the slots in the cluster file", () => {
  it("takes this node's slots out, open ones too, and leaves those of the others", () => {
    write(`${own(` 0-100 [7-<-${OTHER}]`)}${other("127.1.1.3:6379@16379")}${VARS}`);
    giveUpSlots(config());
    expect(read()).toBe(`${own("")}${other("127.1.1.3:6379@16379")}${VARS}`);
  });
});

describe("forgetting addresses in the cluster file", () => {
  it("blanks those at which no agent of this cluster answers, and says which", () => {
    write(`${own(" 0-100")}${peer("127.1.1.2:6379@16379")}${other("127.1.1.3:6379@16379")}${VARS}`);
    expect(forgetAddresses(config(), new Set(["127.1.1.3"]))).toEqual(["127.1.1.2"]);
    expect(read()).toBe(`${own(" 0-100")}${peer(":0@0", "slave,noaddr")}${other("127.1.1.3:6379@16379")}${VARS}`);
  });

  it("keeps the host name and the fields behind it, without which newer engines do not start", () => {
    write(`${own(" 0-100")}${peer(`127.1.1.2:6379@16379,rc-1,shard-id=${OWN}`)}${VARS}`);
    forgetAddresses(config(), new Set());
    expect(read()).toContain(peer(`:0@0,rc-1,shard-id=${OWN}`, "slave,noaddr"));
  });

  it("does nothing to what is blank already, nor to a volume without a cluster file", () => {
    expect(forgetAddresses(config(), new Set())).toEqual([]);
    const text = `${own(" 0-100")}${peer(":0@0", "slave,noaddr")}${VARS}`;
    write(text);
    expect(forgetAddresses(config(), new Set())).toEqual([]);
    expect(read()).toBe(text);
  });
});
