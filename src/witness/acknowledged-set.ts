/** A set of small natural numbers, one bit each: a million acknowledged keys take 125 kB. */
export interface AcknowledgedSet {
  add(index: number): void;
  has(index: number): boolean;
  size(): number;
}

/** Makes an empty set; it grows by doubling. */
export function createAcknowledgedSet(): AcknowledgedSet {
  let bits = new Uint32Array(256);
  let size = 0;
  return {
    add(index) {
      const word = index >>> 5;
      if (word >= bits.length) {
        const larger = new Uint32Array(Math.max(bits.length * 2, word + 1));
        larger.set(bits);
        bits = larger;
      }
      const before = bits[word] ?? 0;
      const after = (before | (1 << (index & 31))) >>> 0;
      if (after !== before) size += 1;
      bits[word] = after;
    },
    has: (index) => ((bits[index >>> 5] ?? 0) & (1 << (index & 31))) !== 0,
    size: () => size,
  };
}
