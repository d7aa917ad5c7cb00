import * as z from "zod/mini";
import { NEVER } from "../due.ts";
import type { PrefixState } from "../prefix-state.ts";
import { pricesFor } from "../prices.ts";
import { isPlanned, type PlannedPrefix, plannedPrefix } from "./plan-prefix.ts";
import type { Policy } from "./policy.ts";
import { tariffOf } from "./tariff.ts";
import { type Advised, headOf, MOST_LISTED, type TtlAdvice } from "./ttl-advice.ts";

/**
 * What the TTL advice is made of, kept with the plan: its size does not grow with the prefixes, and a tick changes it
 * by those that it looks at. It is made anew from all of them whenever they are read anyway: at a flip or a release,
 * and when another policy plans.
 */
export interface AdviceBook {
  readonly unlisted: TtlAdvice["unlisted"];
  /** Models of the optional prefixes: what is advised of the unknown must hold for each. */
  readonly models: readonly string[];
  /** Heads of the required prefixes; absent if they are too many to be listed. */
  readonly required?: readonly string[];
  /** `<head> <advised> <worth>`, the most valuable first. */
  readonly listed: readonly string[];
}

/** So much of the list may be taken by required prefixes, and of the models by one service. */
const MOST_REQUIRED = 100;
const MOST_MODELS = 8;

const LINE = /^([0-9a-f]{12}) (1h|5m) (\d{1,4})$/;

/** As it is stored. */
export const ADVICE_BOOK = z.object({
  unlisted: z.enum(["1h", "own"]),
  models: z.array(z.string()),
  required: z.optional(z.array(z.string())),
  listed: z.array(z.string().check(z.regex(LINE))),
} satisfies Record<keyof AdviceBook, z.core.$ZodType>);

/** The book of everything that is served. */
export function adviceBook(states: readonly PrefixState[], policy: Policy, now: number): AdviceBook {
  const planned = states.filter(isPlanned);
  const required = states.filter((state) => state.required && state.dueAt !== NEVER);
  const empty = {
    unlisted: "own" as const,
    models: [...new Set(planned.map(({ model }) => model))].sort().slice(0, MOST_MODELS + 1),
    ...(required.length <= MOST_REQUIRED && {
      required: required.map(({ fingerprint }) => headOf(fingerprint)).sort(),
    }),
    listed: [],
  };
  const members = planned.flatMap((state) => plannedPrefix(state, policy, now) ?? []);
  return revised(empty, members, policy, now);
}

/**
 * The book after a tick that has looked at these prefixes. What the advice for the unlisted says is decided anew; a
 * prefix that the other answer would have listed is missing until it is looked at again, which its next use does.
 */
export function revised(
  book: AdviceBook,
  members: Iterable<Pick<PlannedPrefix, "prefix" | "plan">>,
  policy: Policy,
  now: number,
): AdviceBook {
  const unlisted = unlistedOf(book, policy, now);
  const lines = new Map(book.listed.map((line) => [line.slice(0, line.indexOf(" ")), line]));
  for (const { prefix, plan } of members) {
    const head = headOf(prefix.fingerprint);
    const otherwise = unlisted === "own" ? prefix.ttl : unlisted;
    const worth = Math.round(4 * Math.log2(1 + plan.tokens * plan.requests));
    if (plan.requests === 0 || plan.retired || plan.advice === otherwise) lines.delete(head);
    else lines.set(head, `${head} ${plan.advice} ${worth}`);
  }
  const listed = [...lines.values()]
    .map((line) => ({ line, ...read(line) }))
    .filter(({ advised }) => advised !== unlisted)
    .sort((a, b) => b.worth - a.worth || (a.line < b.line ? -1 : 1))
    .slice(0, MOST_LISTED)
    .map(({ line }) => line);
  return { ...book, unlisted, listed };
}

/** What is published: required prefixes keep their prompt's TTL, and what is left of the list goes to the most valuable. */
export function adviceOf({ unlisted, required = [], listed }: AdviceBook): TtlAdvice {
  const own = unlisted === "own" ? [] : required.map((head) => [head, "own"] as const);
  const others = listed.slice(0, MOST_LISTED - own.length).map((line) => {
    const { head, advised } = read(line);
    return [head, advised] as const;
  });
  return { unlisted, listed: new Map<string, Advised>([...others, ...own]) };
}

/**
 * 1h, if the policy advises that of a prefix never seen before, whatever its model, and what is required can be kept
 * out of it by name.
 */
function unlistedOf({ models, required }: AdviceBook, policy: Policy, now: number): TtlAdvice["unlisted"] {
  if (required === undefined || models.length === 0 || models.length > MOST_MODELS) return "own";
  const advised = models.flatMap((model) => {
    const prices = pricesFor(model, now, 0);
    return prices === undefined ? [] : [policy.firstTtl(tariffOf(prices))];
  });
  return advised.length > 0 && advised.every((ttl) => ttl === "1h") ? "1h" : "own";
}

function read(line: string): { readonly head: string; readonly advised: Advised; readonly worth: number } {
  const [head = "", advised, worth] = line.split(" ");
  return { head, advised: advised as Advised, worth: Number(worth) };
}
