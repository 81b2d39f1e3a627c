import { SLOTS } from "./constants.js";

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
export function keySlot(key: string): number {
  const open = key.indexOf("{");
  const close = open === -1 ? -1 : key.indexOf("}", open + 1);
  const hashed = close > open + 1 ? key.slice(open + 1, close) : key;
  return crc16(new TextEncoder().encode(hashed)) % SLOTS;
}
