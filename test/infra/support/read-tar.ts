import { gunzipSync } from "node:zlib";

const BLOCK = 512;

/** Text of the NUL-terminated field of a tar header. */
function text(header: Buffer, start: number, length: number): string {
  const field = header.subarray(start, start + length);
  const end = field.indexOf(0);
  return field.toString("utf8", 0, end === -1 ? length : end);
}

/**
 * The files of a gzipped tar whose path is wanted, in the archive's order. npm's archives hold ustar headers and nothing
 * longer than their 100 + 155 characters.
 */
export function* readTar(
  gzipped: Buffer,
  wanted: (path: string) => boolean,
): Generator<{ path: string; body: string }> {
  const tar = gunzipSync(gzipped);
  for (let at = 0; at + BLOCK <= tar.length;) {
    const header = tar.subarray(at, at + BLOCK);
    if (header[0] === 0) return;
    const size = Number.parseInt(text(header, 124, 12).trim() || "0", 8);
    const prefix = text(header, 345, 155);
    const path = prefix === "" ? text(header, 0, 100) : `${prefix}/${text(header, 0, 100)}`;
    if (wanted(path)) yield { path, body: tar.toString("utf8", at + BLOCK, at + BLOCK + size) };
    at += BLOCK + Math.ceil(size / BLOCK) * BLOCK;
  }
}
