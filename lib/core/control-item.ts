import * as z from "zod/mini";
import type { Control } from "./control.ts";
import type { Reservation } from "./ledger.ts";
import { OUTCOMES, type Outcome } from "./outcome.ts";

const count = z.int().check(z.nonnegative());
const instant = z.number().check(z.nonnegative());
const text = z.string();

const spendWindow = z.object({
  key: count,
  spent: count,
  fillCost: count,
  refused: count,
  allowance: count,
  told: z.optional(z.boolean()),
});
const outcome = z.enum(Object.keys(OUTCOMES) as [Outcome, ...Outcome[]]);
const cause = z.enum([
  "operator",
  "spend_alarm",
  "limit_hour",
  "limit_day",
  "absolute_max",
  "provider_spend_limit",
]);

const act = { reason: text, by: text, at: instant };
const pause = z.object({ ...act, cause, incident: count, alarm: z.optional(text) });
const throttling = z.object({
  ...act,
  cause,
  incident: count,
  maxFillsPerMinute: z.int().check(z.positive()),
  nextSlotAt: instant,
});
const notice = z.object({
  ...act,
  incident: count,
  kind: z.enum(["paused", "throttled", "limit_met", "resumed"]),
  cause,
  alarm: z.optional(text),
  prefix: z.optional(text),
  hourSpent: count,
  daySpent: count,
});

/** `id amount hourKey dayKey at`: 64 reservations must fit beside everything else, and attribute names are billed. */
const RESERVATION = /^(\S+) (\d+) (\d+) (\d+) (\d+)$/;

const CONTROL = z.object({
  createdAt: instant,
  generation: count,
  paused: z.optional(pause),
  throttled: z.optional(throttling),
  prefixes: z.optional(
    z.record(
      text,
      z.object({
        paused: z.optional(pause),
        throttled: z.optional(throttling),
        restartedAt: z.optional(instant),
      }),
    ),
  ),
  lastResume: z.optional(z.object(act)),
  outbox: z.optional(z.array(notice)),
  news: z.optional(z.array(z.object({ at: instant, subject: text, message: text }))),
  drill: z.optional(
    z.object({
      requestedAt: z.optional(instant),
      heardByAction: z.optional(instant),
      heardByRule: z.optional(instant),
    }),
  ),
  ledger: z.object({
    hour: spendWindow,
    day: spendWindow,
    inFlight: z.array(text.check(z.regex(RESERVATION))),
  }),
  lease: z.optional(z.object({ owner: text, until: instant })),
  serving: z.optional(
    z.object({
      color: text,
      digest: text,
      release: text,
      parameterVersion: count,
      since: instant,
      prefixes: count,
      required: count,
      beside: z.optional(z.array(z.object({ color: text, digest: text }))),
    }),
  ),
  previous: z.optional(z.object({ color: text, until: instant })),
  candidate: z.optional(z.object({ color: text, until: instant, gates: z.array(text) })),
  flip: z.optional(
    z.object({
      from: text,
      to: text,
      version: count,
      at: instant,
      release: text,
      provenAt: z.optional(instant),
      told: z.optional(z.boolean()),
      measured: z.optional(z.boolean()),
      organicBefore: z.optional(z.number().check(z.nonnegative(), z.maximum(1))),
    }),
  ),
  lastCycle: z.optional(z.object({ startedAt: instant, finishedAt: instant, outcome })),
  recentEvents: z.array(text),
});

export type ControlItem = z.infer<typeof CONTROL>;

/** The item as it is stored. */
export function toControlItem(control: Control): ControlItem {
  const inFlight = control.ledger.inFlight.map(
    ({ id, amount: reserved, hourKey, dayKey, at }) =>
      `${id} ${reserved} ${hourKey} ${dayKey} ${Math.round(at)}`,
  );
  return {
    ...control,
    ledger: { ...control.ledger, inFlight },
    recentEvents: [...control.recentEvents],
  } as ControlItem;
}

/** Checks a stored control item; the message of a damaged one names the first field that is wrong. */
export function parseControl(value: unknown): Control | string {
  const parsed = z.safeParse(CONTROL, value);
  if (parsed.success) {
    const { ledger, ...rest } = parsed.data;
    return { ...rest, ledger: { ...ledger, inFlight: ledger.inFlight.map(parseReservation) } };
  }
  const [issue] = parsed.error.issues;
  return `${issue?.path.join(".") || "control"} ${issue?.message ?? "is invalid"}`;
}

function parseReservation(line: string): Reservation {
  const [, id = "", ...numbers] = RESERVATION.exec(line) ?? [];
  const [reserved = 0, hourKey = 0, dayKey = 0, at = 0] = numbers.map(Number);
  return { id, amount: reserved, hourKey, dayKey, at };
}
