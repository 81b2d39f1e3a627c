import { createServer } from "node:net";
import type { Server } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import type { TryBind } from "../../../src/platforms/local/claimable.js";
import { tryBind } from "../../../src/platforms/local/claimable.js";
import {
  addressIn,
  candidateSubnet,
  firstAddresses,
  hostPartOf,
  parseSubnet,
  pickSubnet,
  requireAddresses,
} from "../../../src/platforms/local/subnet.js";

let held: Server | undefined;
afterEach(() => {
  held?.close();
  held = undefined;
});

describe("a subnet of the loopback network", () => {
  it("is chosen from 127.64 to 127.126, the same for the same cluster, another for another", () => {
    const chosen = Array.from({ length: 500 }, (_, index) => candidateSubnet(`cluster ${index}`, index % 7));
    for (const [x, y] of chosen) {
      expect(x).toBeGreaterThanOrEqual(64);
      expect(x).toBeLessThanOrEqual(126);
      expect(y).toBeGreaterThanOrEqual(0);
      expect(y).toBeLessThanOrEqual(255);
    }
    expect(candidateSubnet("a", 0)).toEqual(candidateSubnet("a", 0));
    expect(candidateSubnet("a", 0)).not.toEqual(candidateSubnet("b", 0));
    expect(candidateSubnet("a", 0)).not.toEqual(candidateSubnet("a", 1));
  });

  it("gives host parts from 1 and reads them back", () => {
    expect(firstAddresses([70, 3], 2)).toEqual(["127.70.3.1", "127.70.3.2"]);
    expect(hostPartOf([70, 3], "127.70.3.17")).toBe(17);
    expect(hostPartOf([70, 3], "127.70.30.17")).toBe(0);
    expect(hostPartOf([70, 3], "")).toBe(0);
  });

  it.each(["127.80.1", "127.80.1.0", "127.80.1.0/24"])("can be written as %s", (written) => {
    expect(parseSubnet(written)).toEqual([80, 1]);
  });

  it.each(["10.0.0", "127.0.0", "127.300.1", "127.80", "127.80.1.5", ""])("can not be written as %j", (written) => {
    expect(() => parseSubnet(written)).toThrow(expect.objectContaining({ code: "SUBNET_UNKNOWN" }));
  });

  it("is passed over when one port of one address is taken", async () => {
    const first = candidateSubnet("seed", 0);
    const busy: TryBind = async (address, port) =>
      address === addressIn(first, 3) && port === 16379 ? "taken" : "free";
    expect(await pickSubnet("seed", 6, { tryBind: busy })).toEqual(candidateSubnet("seed", 1));
    expect(await pickSubnet("seed", 2, { tryBind: busy })).toEqual(first);
  });

  it("is refused with the process that holds an address", async () => {
    const subnet = candidateSubnet(`held by ${process.pid}`, 0);
    const address = addressIn(subnet, 2);
    held = createServer();
    await new Promise<void>((resolve) => held?.listen(6379, address, resolve));
    await expect(requireAddresses(subnet, firstAddresses(subnet, 3), tryBind)).rejects.toMatchObject({
      code: "ADDRESS_TAKEN",
      message: expect.stringContaining(`${address}:6379 is taken by process ${process.pid}`),
      hint: `stop process ${process.pid}, or choose another --subnet`,
    });
  });

  it("is refused with the command that gives the addresses where the system has only one", async () => {
    const onlyOne: TryBind = async () => "refused";
    await expect(pickSubnet("seed", 6, { tryBind: onlyOne })).rejects.toMatchObject({
      code: "ADDRESS_REFUSED",
      hint: expect.stringContaining(`sudo ifconfig lo0 alias ${addressIn(candidateSubnet("seed", 0), 1)} up`),
    });
  });

  it("is not looked for without end", async () => {
    let tries = 0;
    const allTaken: TryBind = async () => {
      tries += 1;
      return "taken";
    };
    await expect(pickSubnet("seed", 6, { tryBind: allTaken })).rejects.toMatchObject({ code: "ADDRESS_TAKEN" });
    expect(tries).toBe(64);
  });
});
