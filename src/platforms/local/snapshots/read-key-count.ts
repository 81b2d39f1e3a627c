import { closeSync, openSync, readSync } from "node:fs";

const AUX = 0xfa;
const FUNCTION = 0xf5;
const SELECT_DB = 0xfe;
const RESIZE_DB = 0xfb;
const END = 0xff;

/** Reads on from a position; what is skipped is not read. */
interface Cursor {
  bytes(count: number): Buffer;
  skip(count: number): void;
}

function cursorOf(file: number): Cursor {
  let position = 0;
  return {
    bytes: (count) => {
      const buffer = Buffer.alloc(count);
      if (readSync(file, buffer, 0, count, position) !== count) throw new RangeError("the snapshot ends too early");
      position += count;
      return buffer;
    },
    skip: (count) => void (position += count),
  };
}

type Length = { readonly value: number } | { readonly encoding: number };

function readLength(cursor: Cursor): Length {
  const first = cursor.bytes(1)[0] ?? 0;
  switch (first >> 6) {
    case 0:
      return { value: first & 0x3f };
    case 1:
      return { value: ((first & 0x3f) << 8) | (cursor.bytes(1)[0] ?? 0) };
    case 2:
      return { value: first === 0x80 ? cursor.bytes(4).readUInt32BE() : Number(cursor.bytes(8).readBigUInt64BE()) };
    default:
      return { encoding: first & 0x3f };
  }
}

function readNumber(cursor: Cursor): number {
  const length = readLength(cursor);
  if ("value" in length) return length.value;
  throw new RangeError("a number was expected");
}

/** A text is stored plain, as a small integer, or compressed. */
function skipText(cursor: Cursor): void {
  const length = readLength(cursor);
  if ("value" in length) cursor.skip(length.value);
  else if (length.encoding <= 2) cursor.skip(2 ** length.encoding);
  else {
    const compressed = readNumber(cursor);
    readNumber(cursor);
    cursor.skip(compressed);
  }
}

/**
 * How many keys a snapshot says that its first database has. The number stands before the keys, so only the head is read.
 *
 * @returns undefined when the head holds something that is not known here, for example a module's data
 * @throws RangeError when the file ends before the number
 */
export function readKeyCount(path: string): number | undefined {
  const file = openSync(path, "r");
  try {
    const cursor = cursorOf(file);
    cursor.skip(9);
    for (;;) {
      switch (cursor.bytes(1)[0]) {
        case AUX:
          skipText(cursor);
          skipText(cursor);
          break;
        case FUNCTION:
          skipText(cursor);
          break;
        case SELECT_DB:
          readNumber(cursor);
          break;
        case RESIZE_DB:
          return readNumber(cursor);
        case END:
          return 0;
        default:
          return undefined;
      }
    }
  } finally {
    closeSync(file);
  }
}
