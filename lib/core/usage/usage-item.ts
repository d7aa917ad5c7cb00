import * as z from "zod/mini";
import { MINUTE_MS } from "../due.ts";
import { firstFault } from "../first-fault.ts";
import { NO_TURNS } from "./turns.ts";
import { PACKED, type PrefixUse, UNMARKED, type UsageRecord } from "./usage-record.ts";

/**
 * Reading stored records. Apart from writing them: the application writes, and has no use for the library that
 * checks.
 */
const PACKED_USE = new RegExp(`^([0-9a-f]{64}|${UNMARKED}) \\S{1,150}( \\d{1,15}){${PACKED.length}}$`);

/** The turns of one use. */
const PACKED_TURNS = /^\d{1,15} \d{1,15}$/;

const count = z.int().check(z.nonnegative());

const ITEM = z.object({
  minute: count.check(z.multipleOf(MINUTE_MS)),
  writer: z.string().check(z.minLength(1)),
  part: count,
  lost: count,
  prefixes: z.array(z.string().check(z.regex(PACKED_USE))),
  turns: z.optional(z.array(z.string().check(z.regex(PACKED_TURNS)))),
});

/** Checks a stored record; the message of a damaged one names the first field that is wrong. */
export function parseUsageItem(item: unknown): UsageRecord | string {
  const parsed = z.safeParse(ITEM, item);
  if (!parsed.success) return firstFault(parsed.error, "item");
  const { prefixes: packed, turns, ...rest } = parsed.data;
  if (turns !== undefined && turns.length !== packed.length) return "turns has not one text for each prefix";
  const prefixes = packed.map((use, at) => ({ ...unpackUse(use), ...unpackTurns(turns?.[at]) }));
  const odd = prefixes.findIndex((use) => !addsUp(use));
  if (odd !== -1)
    return `prefixes.${odd} counts more cold, neither or first requests, or turns, than requests`;
  return { ...rest, prefixes };
}

// --- internal ---

function unpackUse(packed: string): PrefixUse {
  const [fingerprint = "", model = "", ...numbers] = packed.split(" ");
  const counts = Object.fromEntries(PACKED.map((field, i) => [field, Number(numbers[i])]));
  return { fingerprint, model, ...(counts as Pick<PrefixUse, (typeof PACKED)[number]>) };
}

/** Nothing is known where both numbers are 0. */
function unpackTurns(packed = "0 0"): Pick<PrefixUse, "turns"> {
  const [open = 0, over = 0] = packed.split(" ").map(Number);
  return open + over > 0 ? { turns: { open, over } } : {};
}

function addsUp({ requests, cold, neither, first, firstHits, turns = NO_TURNS }: PrefixUse): boolean {
  return (
    cold + neither <= requests &&
    first <= requests &&
    firstHits <= first &&
    turns.open + turns.over <= requests
  );
}
