import { assert, integer, nat, property, tuple } from "fast-check";
import { expect, test } from "vitest";
import { overlaps, parseCidr, type Cidr } from "../../../../src/infra/environment/cidr.js";

const read = (text: string): Cidr => {
  const cidr = parseCidr(text);
  if (typeof cidr === "string") throw new Error(cidr);
  return cidr;
};

test("two networks overlap exactly when one holds the other's first address", () => {
  const network = tuple(nat(2 ** 32 - 1), integer({ min: 8, max: 30 })).map(([address, bits]) => {
    const first = Math.floor(address / 2 ** (32 - bits)) * 2 ** (32 - bits);
    return read(`${[24, 16, 8, 0].map((shift) => Math.floor(first / 2 ** shift) % 256).join(".")}/${bits}`);
  });
  const holds = (a: Cidr, b: Cidr): boolean => b.first >= a.first && b.first <= a.last;
  assert(property(network, network, (a, b) => overlaps(a, b) === (holds(a, b) || holds(b, a))));
});

test.each(["10.0.0/16", "10.0.0.256/24", "10.0.0.0/33", "10.0.0.0"])("%s is no network", (text) => {
  expect(parseCidr(text)).toContain("is no IPv4 network");
});
