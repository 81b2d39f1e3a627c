/** A network of IPv4 addresses. */
export interface Cidr {
  readonly text: string;
  /** First address as a number. */
  readonly first: number;
  /** Last address as a number. */
  readonly last: number;
  /** Length of the prefix, in bits. */
  readonly bits: number;
}

const toText = (address: number): string =>
  [24, 16, 8, 0].map((shift) => String(Math.floor(address / 2 ** shift) % 256)).join(".");

/**
 * Reads `10.0.0.0/16`.
 * @returns the network, or the sentence that says what is wrong with it
 */
export function parseCidr(text: string): Cidr | string {
  const [, address = "", prefix = ""] = /^([\d.]+)\/(\d{1,2})$/u.exec(text) ?? [];
  const octets = address.split(".").map(Number);
  const bits = Number(prefix);
  if (prefix === "" || octets.length !== 4 || octets.some((octet) => octet > 255) || bits > 32)
    return `${text} is no IPv4 network; write it as 10.0.0.0/16`;
  const value = octets.reduce((sum, octet) => sum * 256 + octet, 0);
  const size = 2 ** (32 - bits);
  const first = Math.floor(value / size) * size;
  if (first !== value) return `${text} does not begin where its network does; write ${toText(first)}/${bits}`;
  return { text, first, last: first + size - 1, bits };
}

/** Whether two networks have an address in common. */
export function overlaps(a: Cidr, b: Cidr): boolean {
  return a.first <= b.last && b.first <= a.last;
}
