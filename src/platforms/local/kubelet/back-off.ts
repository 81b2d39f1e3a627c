/** A container that ran this long is no crash loop: its back-off begins anew. */
export const BACK_OFF_RESET_MS = 60_000;
const BACK_OFF_MAX_MS = 60_000;

/**
 * How long to wait before a container is started again: at once the first time, then 1, 2, 4 … s, 60 s at most.
 *
 * @param failures exits before this one since the back-off began
 */
export function backOffMs(failures: number): number {
  return failures === 0 ? 0 : Math.min(BACK_OFF_MAX_MS, 1000 * 2 ** (failures - 1));
}
