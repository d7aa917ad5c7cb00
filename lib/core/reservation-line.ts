import type { Reservation } from "./ledger.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;

/**
 * `id amount at`, the numbers in base 36: 64 reservations must fit beside everything else in the control item, and
 * attribute names are billed. `id amount hourKey dayKey at` in decimals where the money belongs to other windows than
 * those of `at`, since a clock lagged, and in the items of earlier releases.
 */
export const RESERVATION_LINE = /^(\S+) (?:([0-9a-z]{1,11}) ([0-9a-z]{1,11})|(\d+) (\d+) (\d+) (\d+))$/;

export function packReservation({ id, amount, hourKey, dayKey, at }: Reservation): string {
  const instant = Math.round(at);
  const isOfItsTime = hourKey === Math.floor(instant / HOUR_MS) && dayKey === Math.floor(instant / DAY_MS);
  return isOfItsTime
    ? `${id} ${amount.toString(36)} ${instant.toString(36)}`
    : `${id} ${amount} ${hourKey} ${dayKey} ${instant}`;
}

/** @param line one that matches `RESERVATION_LINE` */
export function unpackReservation(line: string): Reservation {
  const [, id = "", short, instant, ...rest] = RESERVATION_LINE.exec(line) ?? [];
  if (short !== undefined && instant !== undefined) {
    const at = Number.parseInt(instant, 36);
    return {
      id,
      amount: Number.parseInt(short, 36),
      hourKey: Math.floor(at / HOUR_MS),
      dayKey: Math.floor(at / DAY_MS),
      at,
    };
  }
  const [amount = 0, hourKey = 0, dayKey = 0, at = 0] = rest.map(Number);
  return { id, amount, hourKey, dayKey, at };
}
