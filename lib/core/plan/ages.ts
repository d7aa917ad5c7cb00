import { dueAt, MINUTE_MS, TTL_MS, type Ttl } from "../due.ts";

const MINUTE = 60;

/** The minute, counted from that of the last use, whose tick sends the keep-alive: the due rule's answer. */
function dueMinute(second: number, ttl: Ttl): number {
  return dueAt(second * 1000, ttl) / MINUTE_MS;
}

/** When, counted from the minute of a use, keep-alives are sent, in seconds and on average over ticks. */
interface TouchAges {
  /** Age at the first keep-alive; the use is taken for its minute's first second. */
  readonly first: number;
  /** From one keep-alive to the next. A tick falls anywhere in its minute. */
  readonly step: number;
}

function touchAges(ttl: Ttl): TouchAges {
  let minutes = 0;
  for (let second = 0; second < MINUTE; second++) minutes += dueMinute(second, ttl);
  return { first: dueMinute(0, ttl) * MINUTE, step: minutes };
}

const TOUCH_AGES: Readonly<Record<Ttl, TouchAges>> = { "5m": touchAges("5m"), "1h": touchAges("1h") };

/** Age at which the `touch`-th keep-alive after a use is sent, from 1. */
export function sentAge(touch: number, ttl: Ttl): number {
  const { first, step } = TOUCH_AGES[ttl];
  return first + (touch - 1) * step;
}

/** Age at which the entry dies after so many keep-alives; with none it lives from somewhere in the minute. */
export function deadAge(touches: number, ttl: Ttl): number {
  return (touches === 0 ? 0 : sentAge(touches, ttl)) + MINUTE / 2 + TTL_MS[ttl] / 1000;
}

/** How many keep-alives of an endless horizon are sent by `age`. */
export function sentBy(age: number, ttl: Ttl): number {
  const { first, step } = TOUCH_AGES[ttl];
  return age < first ? 0 : 1 + Math.floor((age - first) / step);
}
