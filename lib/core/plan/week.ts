import { AT } from "./layout.ts";

/**
 * In which hours of the last seven days a prefix was used: 168 bits, a byte per hour of the day (UTC) and
 * in it a bit per day. Enough to see nights, lunch breaks and yesterday, in 24 bytes.
 */
const ONES = new Uint8Array(256);
for (let i = 1; i < 256; i++) ONES[i] = (ONES[i >> 1] as number) + (i & 1);

const HOURS = 168;

function wordOf(hour: number): number {
  return AT.week + ((hour % 24) >> 1);
}

function bitOf(hour: number): number {
  return 1 << ((Math.floor(hour / 24) % 7) + (hour & 1 ? 8 : 0));
}

/** Marks `minute`'s hour as used and forgets what is now older than a week. */
export function markWeek(learned: Uint16Array, lastMinute: number, minute: number): void {
  const hour = Math.floor(minute / 60);
  const from = Math.max(Math.floor(lastMinute / 60), hour - HOURS);
  for (let skipped = from + 1; skipped <= hour; skipped++) {
    const word = wordOf(skipped);
    learned[word] = (learned[word] as number) & ~bitOf(skipped);
  }
  const word = wordOf(hour);
  learned[word] = (learned[word] as number) | bitOf(hour);
}

/** How many of the last seven days saw a use in this hour of the day. */
export function daysUsed(learned: Uint16Array, hourOfDay: number): number {
  const word = learned[wordOf(hourOfDay)] as number;
  return ONES[hourOfDay & 1 ? word >> 8 : word & 255] as number;
}

/** How much the neighbouring hours of the day, by their distance, say of an hour. */
const NEAR = [1, 1, 0.8, 0.6, 0.4];
/** Hours' worth of doubt about how an hour of the day differs from the others. */
const DOUBT = 1;

/**
 * How often per hour a prefix begins to be used at `hour` (since the epoch), by the same and the neighbouring hours
 * of the last seven days. `seen` is how many hours it could have been seen in use.
 */
export function usesPerHour(learned: Uint16Array, hour: number, seen: number): number {
  let total = 0;
  for (let i = 0; i < 24; i++) total += daysUsed(learned, i);
  const pace = (total + 0.3) / (seen + 1);
  let near = 0;
  let weights = 0;
  for (let away = 1 - NEAR.length; away < NEAR.length; away++) {
    const weight = NEAR[Math.abs(away)] as number;
    near += weight * daysUsed(learned, (hour + away + 24) % 24);
    weights += weight;
  }
  const expected = (weights * seen) / 24;
  return -Math.log(1 - Math.min(0.995, (near + DOUBT * pace) / (expected + DOUBT)));
}

/** Whether `hour` (since the epoch), one of the last 168, saw a use. */
export function wasUsed(learned: Uint16Array, hour: number): boolean {
  return ((learned[wordOf(hour)] as number) & bitOf(hour)) !== 0;
}
