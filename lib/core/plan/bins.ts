/**
 * Idle time is cut into bins at these ages, in seconds. Uses are known by the minute, and a 5m entry's fate is
 * decided within six of them; past a day nothing that costs a keep-alive an hour pays.
 */
export const EDGE = Float64Array.of(
  ...[
    0, 60, 120, 180, 240, 300, 360, 540, 780, 1020, 1500, 2220, 2940, 3600, 5400, 7140, 10_680, 14_220,
    21_300, 31_920,
  ],
  ...[42_540, 56_700, 70_860, 86_400, 109_800, 172_800, 260_000],
);

export const BINS = EDGE.length - 1;

/** Neighbouring bins share what is learned about one prefix's pace. */
export const BANDS = 5;
const BAND_ENDS = [300, 1500, 7140, 31_920, Number.POSITIVE_INFINITY];
export const BAND = Uint8Array.from({ length: BINS }, (_, bin) =>
  BAND_ENDS.findIndex((end) => (EDGE[bin + 1] as number) <= end),
);

/** From this age on the hour of the day matters, and the TTL of a next write is thought over again. */
export const HOUR = 3600;

/**
 * Ages at which silence is learned from although no touch is due. Each costs a write of the prefix's state; the
 * bins between two of them are counted at the second one.
 */
export const REVIEW_AGES: readonly number[] = [3600, 14_220, 42_540, 86_400, 260_000];

/** The age of the next review of a silence, from this age on in seconds; `undefined` when there is none. */
export function nextReview(age: number): number | undefined {
  return REVIEW_AGES.find((edge) => edge >= age);
}

/** The bin that holds `age`; past the last edge the number of bins. */
export function binOf(age: number): number {
  let bin = 0;
  while (bin < BINS && age >= (EDGE[bin + 1] as number)) bin++;
  return bin;
}

/** Which of 16 blocks of the week a minute lies in: three hours of a weekday or of a weekend day, UTC. */
export const BLOCKS = 16;
export function blockOf(minute: number): number {
  const hour = Math.floor(minute / 60) % 24;
  // Day 0, 1970-01-01, was a Thursday.
  const weekday = (Math.floor(minute / 1440) + 3) % 7;
  return Math.floor(hour / 3) + (weekday < 5 ? 0 : 8);
}
