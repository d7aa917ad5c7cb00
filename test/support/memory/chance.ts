/**
 * A number from 0 up to, but not including, 1 that depends on its arguments alone: chance without a shared
 * sequence. A mix of 32-bit integers (the finalizer of MurmurHash3) instead of sha-256, since a scheduler asks
 * at every step.
 */
export function chance(...parts: readonly number[]): number {
  let hash = 0x9e3779b9;
  for (const part of parts) {
    hash = Math.imul(hash ^ (part | 0) ^ Math.floor(part / 2 ** 32), 0x85ebca6b);
    hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
    hash ^= hash >>> 16;
  }
  return (hash >>> 0) / 2 ** 32;
}
