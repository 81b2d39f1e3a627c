import { createHash } from "node:crypto";
import { EvenkeelError } from "../../errors/evenkeel-error.js";
import type { TryBind } from "./claimable.js";
import { describeListener } from "./describe-listener.js";
import { POD_PORTS } from "./ports.js";

/** `[x, y]` of 127.x.y.0/24. */
export type Subnet = readonly [number, number];

const FIRST_X = 64;
const LAST_X = 126;
const MAX_TRIES = 64;

/** Highest host part that a pod may get. */
export const LAST_HOST = 254;

/** The address with this host part, e.g. `addressIn([64, 3], 1)` is 127.64.3.1. */
export function addressIn(subnet: Subnet, host: number): string {
  return `127.${subnet[0]}.${subnet[1]}.${host}`;
}

/** The host part of an address, or 0 when it is none of this subnet. */
export function hostPartOf(subnet: Subnet, address: string): number {
  const prefix = addressIn(subnet, 0).slice(0, -1);
  return address.startsWith(prefix) ? Number(address.slice(prefix.length)) : 0;
}

/**
 * Reads what a user wrote as a subnet: `127.x.y`, with or without `.0` and `/24`.
 *
 * @throws EvenkeelError `SUBNET_UNKNOWN`
 */
export function parseSubnet(written: string): Subnet {
  const match = /^127\.(\d{1,3})\.(\d{1,3})(?:\.0)?(?:\/24)?$/.exec(written);
  const [x, y] = [Number(match?.[1] ?? -1), Number(match?.[2] ?? -1)];
  // 127.0.0.0/24 holds 127.0.0.1, where everybody else's servers are.
  if (x >= 0 && x <= 255 && y >= 0 && y <= 255 && !(x === 0 && y === 0)) return [x, y];
  throw new EvenkeelError(`"${written}" is no loopback subnet`, {
    code: "SUBNET_UNKNOWN",
    owner: "user",
    hint: "write it as 127.x.y, e.g. --subnet 127.80.1",
    details: { subnet: written },
  });
}

function refused(address: string, subnet: Subnet, pods: number): EvenkeelError {
  const prefix = addressIn(subnet, 0).slice(0, -2);
  return new EvenkeelError(`the system refuses the loopback address ${address}`, {
    code: "ADDRESS_REFUSED",
    owner: "environment",
    hint:
      `give the loopback interface these addresses: sudo ifconfig lo0 alias ${address} up ` +
      `(all ${pods}: for z in $(seq 1 ${pods}); do sudo ifconfig lo0 alias ${prefix}.$z up; done), then run the command again`,
    details: { address, pods },
  });
}

async function taken(address: string, port: number): Promise<EvenkeelError> {
  const who = await describeListener(address, port);
  return new EvenkeelError(`${address}:${port} is taken${who === undefined ? "" : ` by ${who.text}`}`, {
    code: "ADDRESS_TAKEN",
    owner: "environment",
    retryable: true,
    hint: who === undefined ? "stop what listens there, or choose another --subnet" : who.hint,
    details: { address, port, ...(who?.pid === undefined ? {} : { pid: who.pid }) },
  });
}

/**
 * Looks whether pods could have these addresses.
 *
 * @param addresses each must be bindable on every port of a pod
 * @returns the first obstacle, or undefined
 */
async function findObstacle(
  addresses: readonly string[],
  tryBind: TryBind,
): Promise<{ readonly kind: "taken" | "refused"; readonly address: string; readonly port: number } | undefined> {
  for (const address of addresses) {
    for (const port of POD_PORTS) {
      const answer = await tryBind(address, port);
      if (answer !== "free") return { kind: answer, address, port };
    }
  }
  return undefined;
}

/**
 * Requires that pods can have these addresses.
 *
 * @throws EvenkeelError `ADDRESS_TAKEN` (by whom, and what to stop) or `ADDRESS_REFUSED` (macOS has one loopback address)
 */
export async function requireAddresses(subnet: Subnet, addresses: readonly string[], tryBind: TryBind): Promise<void> {
  const obstacle = await findObstacle(addresses, tryBind);
  if (obstacle === undefined) return;
  if (obstacle.kind === "refused") throw refused(obstacle.address, subnet, addresses.length);
  throw await taken(obstacle.address, obstacle.port);
}

/** The subnet that is tried as the `attempt`th for this cluster: the same cluster gets the same one where it is free. */
export function candidateSubnet(seed: string, attempt: number): Subnet {
  const hash = createHash("sha256").update(seed).digest().readUInt32BE(0);
  const index = (hash + attempt * 7919) % ((LAST_X - FIRST_X + 1) * 256);
  return [FIRST_X + Math.floor(index / 256), index % 256];
}

/**
 * Finds a subnet whose first addresses are free.
 *
 * @param seed what the choice is made from, e.g. folder and name
 * @param pods how many addresses are needed
 * @throws EvenkeelError `ADDRESS_REFUSED`, or `ADDRESS_TAKEN` when none of many was free
 */
export async function pickSubnet(
  seed: string,
  pods: number,
  options: { readonly tryBind: TryBind; readonly signal?: AbortSignal | undefined },
): Promise<Subnet> {
  let last: unknown;
  for (let attempt = 0; attempt < MAX_TRIES; attempt += 1) {
    options.signal?.throwIfAborted();
    const subnet = candidateSubnet(seed, attempt);
    try {
      await requireAddresses(subnet, firstAddresses(subnet, pods), options.tryBind);
      return subnet;
    } catch (error) {
      if (error instanceof EvenkeelError && error.code === "ADDRESS_TAKEN") last = error;
      else throw error;
    }
  }
  throw last;
}

/** The addresses that `pods` pods get first: host parts 1, 2, 3 … */
export function firstAddresses(subnet: Subnet, pods: number): readonly string[] {
  return Array.from({ length: pods }, (_, ordinal) => addressIn(subnet, ordinal + 1));
}
