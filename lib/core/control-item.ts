import * as z from "zod/mini";
import type { Control } from "./control.ts";
import { OUTCOMES, type Outcome } from "./outcome.ts";

const count = z.int().check(z.nonnegative());
const instant = z.number().check(z.nonnegative());
const amount = z.int();
const text = z.string();

const spendWindow = z.object({
  key: count,
  spent: amount,
  fillCost: amount,
  refused: count,
  allowance: count,
});
const outcome = z.enum(Object.keys(OUTCOMES) as [Outcome, ...Outcome[]]);

const CONTROL = z.object({
  createdAt: instant,
  generation: count,
  paused: z.optional(
    z.object({
      reason: text,
      by: text,
      at: instant,
      cause: z.enum(["operator", "spend_alarm", "limit_hour", "limit_day", "provider_spend_limit"]),
      alarm: z.optional(text),
    }),
  ),
  ledger: z.object({
    hour: spendWindow,
    day: spendWindow,
    inFlight: z.array(z.object({ id: text, amount: count, hourKey: count, dayKey: count, at: instant })),
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
    }),
  ),
  lastCycle: z.optional(z.object({ startedAt: instant, finishedAt: instant, outcome })),
  recentEvents: z.array(text),
});

/** Checks a stored control item; the message of a damaged one names the first field that is wrong. */
export function parseControl(value: unknown): Control | string {
  const parsed = z.safeParse(CONTROL, value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  return `${issue?.path.join(".") || "control"} ${issue?.message ?? "is invalid"}`;
}
