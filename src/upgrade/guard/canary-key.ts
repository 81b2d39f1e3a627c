/** One key, and what is known of it. */
export interface CanaryKey {
  readonly name: string;
  readonly slot: number;
  /** Newest sequence that was sent; undefined until the key was read once. */
  sent: number | undefined;
  /** Newest sequence that a primary confirmed; 0: none yet. */
  acknowledged: number;
  acknowledgedAtMs: number;
  /** Sent and never answered: each of them may still be applied, at any time. */
  readonly unanswered: Set<number>;
}

/** More of them than any outage leaves behind; it only bounds the memory. */
const UNANSWERED_MAX = 1000;

export function createKey(name: string, slot: number): CanaryKey {
  return { name, slot, sent: undefined, acknowledged: 0, acknowledgedAtMs: 0, unanswered: new Set() };
}

/** The next sequence to write, above all that the key ever held. */
export function nextSequence(key: CanaryKey): number {
  const sequence = (key.sent ?? 0) + 1;
  key.sent = sequence;
  if (key.unanswered.size < UNANSWERED_MAX) key.unanswered.add(sequence);
  return sequence;
}

/** @param applied `false`: the node refused it, so it will never be applied */
export function settle(
  key: CanaryKey,
  sequence: number,
  { applied, nowMs }: { readonly applied: boolean; readonly nowMs: number },
): void {
  key.unanswered.delete(sequence);
  if (!applied) return;
  key.acknowledged = sequence;
  key.acknowledgedAtMs = nowMs;
}

/** The sequence in a reply to GET; 0 for a missing key, NaN for what we never wrote. */
export function sequenceOf(reply: unknown): number {
  if (reply === null) return 0;
  return typeof reply === "string" && /^\d+$/.test(reply) ? Number(reply) : Number.NaN;
}

/**
 * Whether the key holds the confirmed write, a later one, or one of unknown outcome that came after it.
 * @param nowMs a key that was not written for the time of its life is expired, not lost
 */
export function holdsAcknowledged(
  key: CanaryKey,
  found: number,
  { nowMs, ttlMs }: { readonly nowMs: number; readonly ttlMs: number },
): boolean {
  if (key.acknowledged === 0 || found >= key.acknowledged || key.unanswered.has(found)) return true;
  return found === 0 && nowMs - key.acknowledgedAtMs >= ttlMs;
}
