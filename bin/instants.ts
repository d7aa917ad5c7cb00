import { InvalidArgumentError } from "commander";
import { shown } from "../lib/core/received.ts";

/** An instant as it is typed: a time, this moment, or a distance from another instant. */
export type TypedInstant = { readonly at: number } | { readonly now: true } | { readonly after: number };

const UNIT_MS: Readonly<Record<string, number>> = {
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/** With a zone: a time that each machine reads as its own is nobody's time. */
const TIME = /^(\d{4})-(\d\d)-(\d\d)T\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?(?:Z|[+-]\d\d:\d\d)$/;

/** A parser of option values: `2026-11-21T14:00Z`, `now`, `+2h`, `-30m`. */
export function typedInstant(text: string): TypedInstant {
  if (text === "now") return { now: true };
  const [, sign, count = "", unit = ""] = /^([+-])(\d{1,6})([smhd])$/.exec(text) ?? [];
  if (sign !== undefined) {
    return { after: (sign === "-" ? -1 : 1) * Number(count) * (UNIT_MS[unit] ?? 0) };
  }
  const at = timeOf(text);
  if (at === undefined) {
    throw new InvalidArgumentError(
      `must be a time with a zone like 2026-11-21T14:00Z, "now", or a distance like +2h, -30m, +1d; got ${shown(text)}.`,
    );
  }
  return { at };
}

/** @param base what a distance counts from, ms since the epoch */
export function resolveInstant(typed: TypedInstant, now: number, base: number): number {
  if ("at" in typed) return typed.at;
  return "now" in typed ? now : base + typed.after;
}

function timeOf(text: string): number | undefined {
  const [, year, month, day] = TIME.exec(text) ?? [];
  const at = Date.parse(text);
  if (year === undefined || Number.isNaN(at)) return undefined;
  // `Date.parse` reads 30 February as 2 March.
  const date = new Date(Date.UTC(Number(year), Number(month) - 1, Number(day)));
  return date.getUTCDate() === Number(day) ? at : undefined;
}
