import * as z from "zod/mini";
import type { Control } from "./control.ts";
import { DEPLOYED_PARTS } from "./deployed.ts";
import { PACKED_HOUR, packHour, unpackHour } from "./fill-cost/closed-hours.ts";
import { PACKED_MINUTE, packMinute, unpackMinute } from "./fill-cost/fill-minutes.ts";
import { firstFault } from "./first-fault.ts";
import { OUTCOMES, type Outcome } from "./outcome.ts";
import { packReservation, RESERVATION_LINE, unpackReservation } from "./reservation-line.ts";

const count = z.int().check(z.nonnegative());
const instant = z.number().check(z.nonnegative());
const text = z.string();

const spendWindow = z.object({
  key: count,
  spent: count,
  fillCost: count,
  refused: count,
  allowance: count,
  usable: z.optional(count),
  told: z.optional(z.boolean()),
});
const lease = z.object({ owner: text, until: instant });
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
  news: z.optional(
    z.array(z.object({ at: instant, subject: text, message: text, missed: z.optional(count) })),
  ),
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
    inFlight: z.array(text.check(z.regex(RESERVATION_LINE))),
    // Absent in an item of a release before they were kept.
    minutes: z.optional(z.array(text.check(z.regex(PACKED_MINUTE)))),
    closed: z.optional(z.array(text.check(z.regex(PACKED_HOUR)))),
    share: z.optional(count),
    gain: z.optional(z.object({ from: count, until: instant })),
  }),
  lease: z.optional(lease),
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
  changing: z.optional(z.array(lease)),
  answered: z.optional(z.object({ version: count, modifiedAt: instant })),
  previous: z.optional(z.object({ color: text, digest: text, until: instant })),
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
      expectedCost: z.optional(count),
      measured: z.optional(z.boolean()),
      organicBefore: z.optional(z.number().check(z.nonnegative(), z.maximum(1))),
    }),
  ),
  deployed: z.optional(
    z.object({ config: text, code: text, since: instant, changed: z.array(z.enum(DEPLOYED_PARTS)) }),
  ),
  partitions: z.optional(z.array(text)),
  lastCycle: z.optional(z.object({ startedAt: instant, finishedAt: instant, outcome })),
  recentEvents: z.array(text),
});

export type ControlItem = z.infer<typeof CONTROL>;

/** The item as it is stored. */
export function toControlItem(control: Control): ControlItem {
  const inFlight = control.ledger.inFlight.map(packReservation);
  return {
    ...control,
    ledger: {
      ...control.ledger,
      inFlight,
      minutes: control.ledger.minutes.map(packMinute),
      closed: control.ledger.closed.map(packHour),
    },
    recentEvents: [...control.recentEvents],
  } as ControlItem;
}

/** Checks a stored control item; the message of a damaged one names the first field that is wrong. */
export function parseControl(value: unknown): Control | string {
  const parsed = z.safeParse(CONTROL, value);
  if (parsed.success) {
    const { ledger, ...rest } = parsed.data;
    const { inFlight, minutes = [], closed = [], ...windows } = ledger;
    return {
      ...rest,
      ledger: {
        ...windows,
        inFlight: inFlight.map(unpackReservation),
        minutes: minutes.map(unpackMinute),
        closed: closed.map(unpackHour),
      },
    };
  }
  return firstFault(parsed.error, "control");
}
