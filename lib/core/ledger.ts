import { CLOSED_KEPT, type ClosedHour } from "./fill-cost/closed-hours.ts";
import { addToMinute, type FillMinute } from "./fill-cost/fill-minutes.ts";
import type { MicroUsd } from "./money.ts";
import { limitIn, type ShareGain, usableAtStart, usableOf } from "./window-limits.ts";

/**
 * The synchronous record of money. All functions are pure: they take a ledger and give the next one; who
 * stores it must do so in one conditional write (lib/app/control-session.ts). That write is the guardrail. Alarms
 * come minutes later and only tell people.
 */
export interface Ledger {
  readonly hour: Window;
  readonly day: Window;
  /** Money that may be spent at this moment: reserved, not yet settled. Already part of `spent`. */
  readonly inFlight: readonly Reservation[];
  /** What the last minutes' touches came to, oldest first: the rate of fill cost is read from it. */
  readonly minutes: readonly FillMinute[];
  /** The last hours that were closed, oldest first, until the monitor has put them into the history. */
  readonly closed: readonly ClosedHour[];
  /** Its part of the warmer's limits, in thousandths. Absent without partitions. */
  readonly share?: number;
  /** That its share grew a short while ago. */
  readonly gain?: ShareGain;
}

/** What a settlement tells beside the money. */
export interface SettledTouches {
  readonly now: number;
  readonly fills: number;
  readonly unexpected: number;
  readonly failed: number;
}

/** One UTC hour or day. Money belongs to the window of its reservation, whenever it is settled. */
export interface Window {
  /** Number of the hour or day since the epoch. */
  readonly key: number;
  /** Reserved and settled money. Never less than what the provider billed for this window. */
  readonly spent: MicroUsd;
  /** Settled cache writes: the fill cost. */
  readonly fillCost: MicroUsd;
  /** The amount that was refused last, 0 if none: the gauge passes 1 exactly when a limit was met. */
  readonly refused: MicroUsd;
  /** Extra room that an operator gave for this window. */
  readonly allowance: MicroUsd;
  /** How much of the limit is usable in this window, in thousandths (lib/core/window-limits.ts). Absent: all of it. */
  readonly usable?: number;
  /** People were told that this window passed its limit; once is enough. */
  readonly told?: boolean;
}

export interface Reservation {
  readonly id: string;
  readonly amount: MicroUsd;
  readonly hourKey: number;
  readonly dayKey: number;
  readonly at: number;
}

export interface SpendLimits {
  /** Per UTC hour; an allowance is added to it. `Infinity` where it only alerts. */
  readonly hourly: MicroUsd;
  /** Per UTC day; an allowance is added to it. */
  readonly daily: MicroUsd;
  /** Per UTC day; no allowance is added to it. @default Infinity */
  readonly absolute?: MicroUsd;
}

const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;

/** The control item must stay below 8 KB, whatever happens. */
export const MAX_IN_FLIGHT = 64;

export function emptyLedger(now: number): Ledger {
  return {
    hour: emptyWindow(hourKey(now)),
    day: emptyWindow(dayKey(now)),
    inFlight: [],
    minutes: [],
    closed: [],
  };
}

function emptyWindow(key: number, usable?: number): Window {
  return { key, spent: 0, fillCost: 0, refused: 0, allowance: 0, ...(usable !== undefined && { usable }) };
}

function hourKey(now: number): number {
  return Math.floor(now / HOUR_MS);
}

function dayKey(now: number): number {
  return Math.floor(now / DAY_MS);
}

/**
 * Opens the window of `now` where it is newer. A clock that lags never reopens an old window: a worker
 * behind the others charges the newest window that anyone has opened.
 */
export function rollOver(ledger: Ledger, now: number): Ledger {
  const opened = (key: number, ms: number) => emptyWindow(key, usableAtStart(ledger, key * ms));
  const hour = hourKey(now) > ledger.hour.key ? opened(hourKey(now), HOUR_MS) : ledger.hour;
  const day = dayKey(now) > ledger.day.key ? opened(dayKey(now), DAY_MS) : ledger.day;
  if (hour === ledger.hour && day === ledger.day) return ledger;
  const { key, fillCost, spent } = ledger.hour;
  const ended = { hour: key, fillCost, spent };
  const closed = hour === ledger.hour ? ledger.closed : [...ledger.closed, ended].slice(-CLOSED_KEPT);
  return { ...ledger, hour, day, closed };
}

export type Refusal = "limit_hour" | "limit_day" | "absolute_max" | "reservations_full";

export interface ReserveResult {
  readonly ledger: Ledger;
  /** How many of the amounts, from the first on, are reserved. */
  readonly granted: number;
  /** Why the next amount was not reserved. */
  readonly refusal?: Refusal;
}

/**
 * Reserves as many of `amounts`, in order, as fit under all limits, as one entry.
 * Exactly at the limit is allowed; one micro-USD more is refused. Call `rollOver` first.
 */
export function reserve(
  ledger: Ledger,
  id: string,
  amounts: readonly MicroUsd[],
  limits: SpendLimits,
  now: number,
): ReserveResult {
  // Asked again because an answer was lost: granted is what the first time reserved, which may be a part.
  const held = ledger.inFlight.find((entry) => entry.id === id);
  if (held !== undefined) return { ledger, granted: fitting(amounts, held.amount).granted };
  if (ledger.inFlight.length >= MAX_IN_FLIGHT) return { ledger, granted: 0, refusal: "reservations_full" };
  const { hour, day } = ledger;
  const hourRoom = limitIn(hour, limits.hourly) - hour.spent;
  const dayRoom = limitIn(day, limits.daily) - day.spent;
  const absoluteRoom = usableOf(day, limits.absolute ?? Number.POSITIVE_INFINITY) - day.spent;
  const { granted, total } = fitting(amounts, Math.min(hourRoom, dayRoom, absoluteRoom));
  const refusedAmount = amounts[granted];
  const over = (room: MicroUsd) => refusedAmount !== undefined && !fits(total + refusedAmount, room);
  const refusal: Refusal | undefined = over(absoluteRoom)
    ? "absolute_max"
    : over(dayRoom)
      ? "limit_day"
      : over(hourRoom)
        ? "limit_hour"
        : undefined;
  // A wave that only fits in part is no met limit: what is in flight may settle to a tenth of its bound.
  const met = granted === 0 && refusedAmount !== undefined;
  const charge = (window: Window, room: MicroUsd): Window => ({
    ...window,
    spent: window.spent + total,
    refused: met && over(room) ? refusedAmount : window.refused,
  });
  return {
    ledger: {
      ...ledger,
      hour: charge(hour, hourRoom),
      day: charge(day, Math.min(dayRoom, absoluteRoom)),
      inFlight:
        granted === 0
          ? ledger.inFlight
          : [...ledger.inFlight, { id, amount: total, hourKey: hour.key, dayKey: day.key, at: now }],
    },
    granted,
    ...(refusal !== undefined && { refusal }),
  };
}

/** Asked so that what is no number fits nowhere. */
function fits(amount: MicroUsd, room: MicroUsd): boolean {
  return amount <= room;
}

/** How many of `amounts`, from the first on, fit into `room` together. */
function fitting(amounts: readonly MicroUsd[], room: MicroUsd): { granted: number; total: MicroUsd } {
  let total = 0;
  let granted = 0;
  for (const amount of amounts) {
    if (!fits(total + amount, room)) break;
    total += amount;
    granted += 1;
  }
  return { granted, total };
}

/**
 * Replaces a reservation by what was really spent. Lowers only the windows that are still the entry's own;
 * settling twice, or after the entry was removed as spent, changes nothing.
 *
 * @param actual what the provider bills, or the reserved amount where nobody knows
 * @param fillCost the part of `actual` that is cache writes
 * @param touches what the touches came to; left out where nobody looks at rates
 */
export function settle(
  ledger: Ledger,
  id: string,
  actual: MicroUsd,
  fillCost: MicroUsd,
  touches?: SettledTouches,
): Ledger {
  const entry = ledger.inFlight.find((candidate) => candidate.id === id);
  if (entry === undefined) return ledger;
  const adjust = (window: Window, key: number): Window =>
    window.key === key
      ? { ...window, spent: window.spent + actual - entry.amount, fillCost: window.fillCost + fillCost }
      : window;
  const { now, ...counts } = touches ?? { now: entry.at, fills: 0, unexpected: 0, failed: 0 };
  return {
    ...ledger,
    hour: adjust(ledger.hour, entry.hourKey),
    day: adjust(ledger.day, entry.dayKey),
    minutes: addToMinute(ledger.minutes, now, { fillCost, ...counts }),
    // A wave that ends in the next hour belongs to the one that it was reserved in.
    closed: ledger.closed.map((closed) =>
      closed.hour === entry.hourKey
        ? { ...closed, spent: closed.spent + actual - entry.amount, fillCost: closed.fillCost + fillCost }
        : closed,
    ),
    inFlight: ledger.inFlight.filter((candidate) => candidate.id !== id),
  };
}

/** Gives extra room in the open hour and day; the absolute maximum stays. */
export function allow(ledger: Ledger, extra: MicroUsd): Ledger {
  if (extra === 0) return ledger;
  const widen = (window: Window): Window => ({ ...window, allowance: window.allowance + extra });
  return { ...ledger, hour: widen(ledger.hour), day: widen(ledger.day) };
}

/** After a resume the spend gauge counts what is spent, until something is refused anew: the next breach is heard. */
export function forgetRefused(ledger: Ledger): Ledger {
  const forget = (window: Window): Window => ({ ...window, refused: 0 });
  return { ...ledger, hour: forget(ledger.hour), day: forget(ledger.day) };
}

/** Removes entries whose run must be over; they stay spent, since nobody knows what they cost. */
export function removeAbandoned(ledger: Ledger, now: number, olderThanMs: number): Ledger {
  const inFlight = ledger.inFlight.filter((entry) => now - entry.at <= olderThanMs);
  return inFlight.length === ledger.inFlight.length ? ledger : { ...ledger, inFlight };
}

/** The window as it stands at `now`, without writing: an old window counts as a new, empty one. */
export function windowsAt(ledger: Ledger, now: number): { readonly hour: Window; readonly day: Window } {
  const { hour, day } = rollOver(ledger, now);
  return { hour, day };
}
