/** Numbers in [0, 1), the same for the same seed (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** One of the list, by chance. */
export function pick<T>(random: () => number, list: readonly T[]): T {
  const found = list[Math.floor(random() * list.length)];
  if (found === undefined) throw new Error("nothing to pick from");
  return found;
}

/** The seed of this run: `EVENKEEL_SEED` repeats one. It is printed, or a failure could not be repeated. */
export function readSeed(what: string): number {
  const given = process.env.EVENKEEL_SEED;
  const seed = given === undefined ? Math.floor(Math.random() * 1e6) : Number(given);
  if (!Number.isSafeInteger(seed)) throw new Error(`EVENKEEL_SEED is "${given}": expected a whole number`);
  process.stderr.write(`${what}: EVENKEEL_SEED=${seed}\n`);
  return seed;
}
