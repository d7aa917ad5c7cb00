/**
 * Money is an integer number of micro-USD (1,000,000 = one dollar). No float ever holds an amount:
 * sums of thousands of sub-cent requests must add up to the provider's bill.
 */
export type MicroUsd = number;

export const MICRO_USD_PER_USD = 1_000_000;

/** Rounds up, so that an amount derived from dollars never hides a fraction of spend. */
export function fromUsd(usd: number): MicroUsd {
  return Math.ceil(Number((usd * MICRO_USD_PER_USD).toFixed(3)));
}

export function toUsd(amount: MicroUsd): number {
  return amount / MICRO_USD_PER_USD;
}

/** `$12.34`; below ten cents four decimals, because a keep-alive costs fractions of a cent. */
export function formatUsd(amount: MicroUsd): string {
  const usd = toUsd(amount);
  const decimals = amount !== 0 && Math.abs(usd) < 0.1 ? 4 : 2;
  return `${usd < 0 ? "-" : ""}$${Math.abs(usd).toFixed(decimals)}`;
}
