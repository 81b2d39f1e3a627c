import { setTimeout as sleep } from "node:timers/promises";

/**
 * Waits until `look` gives a value; the error tells the last reason. Deadlines in these tests are part of what is asserted.
 * @param everyMs pause between two looks: a look at pods of a Kubernetes starts a program
 */
export async function until<T>(
  what: string,
  seconds: number,
  look: () => Promise<T | undefined | false>,
  everyMs = 50,
): Promise<T> {
  const end = performance.now() + seconds * 1000;
  let last: unknown = "never looked";
  while (performance.now() < end) {
    try {
      const value = await look();
      if (value !== undefined && value !== false) return value;
      last = value;
    } catch (error) {
      last = error;
    }
    await sleep(everyMs);
  }
  throw new Error(
    `${what}: not within ${seconds} s; last: ${last instanceof Error ? last.message : JSON.stringify(last)}`,
  );
}
