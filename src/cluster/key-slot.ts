import { SLOTS } from "./constants.js";

/** `{` and `}`: keys are bytes, not text. */
const OPEN = 0x7b;
const CLOSE = 0x7d;

/** CRC16/XMODEM: polynomial 0x1021, start 0, nothing reflected; the one that the cluster specification names. */
function crc16(bytes: Uint8Array): number {
  let crc = 0;
  for (const byte of bytes) {
    crc ^= byte << 8;
    for (let bit = 0; bit < 8; bit += 1) crc = (crc & 0x8000 ? (crc << 1) ^ 0x1021 : crc << 1) & 0xffff;
  }
  return crc;
}

/**
 * The hash slot of a key. When the key has a `{…}` that is not empty, only what stands between the first `{` and the next
 * `}` counts.
 */
export function keySlot(key: string | Uint8Array): number {
  const bytes = typeof key === "string" ? new TextEncoder().encode(key) : key;
  const open = bytes.indexOf(OPEN);
  const close = open === -1 ? -1 : bytes.indexOf(CLOSE, open + 1);
  return crc16(close > open + 1 ? bytes.subarray(open + 1, close) : bytes) % SLOTS;
}
