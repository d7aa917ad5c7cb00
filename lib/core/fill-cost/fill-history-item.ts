import * as z from "zod/mini";
import type { FillHistory, PeriodFigures } from "./fill-history.ts";
import { LEVELS } from "./spike.ts";

const count = z.int().check(z.nonnegative());
const instant = z.number().check(z.nonnegative());

const NORMAL = z.object({
  hour: count,
  baseline: z.object({
    state: z.enum(["learning", "known"]),
    day: count,
    fillRate: count,
    hourlyPeak: count,
    hoursCounted: count,
  }),
  live: z.optional(z.object({ digest: z.string(), all: count, largest: count })),
});

const WATCH = z.object({
  incident: z.string(),
  level: z.enum(LEVELS),
  since: instant,
  told: z.optional(z.enum(LEVELS)),
  calmSince: z.optional(instant),
});

const PROBLEM = z.object({ at: instant, text: z.string() });

/** The history as it is stored: lines of numbers, since a month of them must fit into a few kilobytes. */
export interface FillHistoryItem {
  /** `hour fillCost spend avoided requests` */
  readonly hours: readonly string[];
  /** `day hours fillCost spend avoided requests` */
  readonly days: readonly string[];
  readonly normal?: unknown;
  readonly watch?: unknown;
  readonly problem?: unknown;
}

export function toFillHistoryItem({ hours, days, ...rest }: FillHistory): FillHistoryItem {
  const line = ({ fillCost, spend, avoided, requests }: PeriodFigures) =>
    `${fillCost} ${spend} ${avoided} ${requests}`;
  return {
    hours: hours.map((hour) => `${hour.hour} ${line(hour)}`),
    days: days.map((day) => `${day.day} ${day.hours} ${line(day)}`),
    ...rest,
  };
}

export interface ReadHistory {
  readonly history: FillHistory;
  /** What was left out, for people. What is left out is unknown, never zero. */
  readonly problems: readonly string[];
}

/**
 * Reads a stored history. It never fails: a part that makes no sense is left out and told, so that a damaged history
 * can silence neither the gauges nor, since what is normal is then taken to be the least, an alarm.
 */
export function parseFillHistory(value: unknown): ReadHistory {
  const problems: string[] = [];
  const item = typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
  const part = <Schema extends z.ZodMiniType>(field: string, schema: Schema) => {
    if (item[field] === undefined) return undefined;
    const parsed = z.safeParse(schema, item[field]);
    if (parsed.success) return parsed.data as z.infer<Schema>;
    problems.push(`${field} is damaged and left out`);
    return undefined;
  };
  const hours = lines(item["hours"], "hour", 5, problems).map(
    ([hour = 0, fillCost = 0, spend = 0, avoided = 0, requests = 0]) => ({
      hour,
      fillCost,
      spend,
      avoided,
      requests,
    }),
  );
  const days = lines(item["days"], "day", 6, problems).map(
    ([day = 0, known = 0, fillCost = 0, spend = 0, avoided = 0, requests = 0]) => ({
      day,
      hours: known,
      fillCost,
      spend,
      avoided,
      requests,
    }),
  );
  const normal = part("normal", NORMAL);
  const watch = part("watch", WATCH);
  const problem = part("problem", PROBLEM);
  return {
    history: {
      hours,
      days,
      ...(normal !== undefined && { normal }),
      ...(watch !== undefined && { watch }),
      ...(problem !== undefined && { problem }),
    } as FillHistory,
    problems,
  };
}

/** Lines of `length` numbers each, by the first of them; the first of two equal ones counts. */
function lines(value: unknown, what: string, length: number, problems: string[]): number[][] {
  if (!Array.isArray(value)) {
    problems.push(`the list of ${what}s is damaged and left out`);
    return [];
  }
  const read = new Map<number, number[]>();
  for (const line of value as unknown[]) {
    const numbers = typeof line === "string" && /^\d{1,15}( \d{1,15})*$/.test(line) ? line.split(" ") : [];
    const key = Number(numbers[0]);
    if (numbers.length !== length) problems.push(`a line of the ${what}s is damaged and left out`);
    else if (read.has(key)) problems.push(`${what} ${key} stands twice; the first counts`);
    else read.set(key, numbers.map(Number));
  }
  return [...read.values()].sort(([a = 0], [b = 0]) => a - b);
}
