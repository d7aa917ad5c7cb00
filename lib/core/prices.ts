import type { MicroUsd } from "./money.ts";
import type { Usage } from "./usage.ts";

/** Prices of one model, in integer micro-USD per million tokens. */
export interface TokenPrices {
  readonly input: MicroUsd;
  readonly write5m: MicroUsd;
  readonly write1h: MicroUsd;
  readonly read: MicroUsd;
  readonly output: MicroUsd;
}

/** One line of the price table. */
export interface PriceRow {
  readonly model: string;
  /** The day, in UTC, from which the row holds; an earlier row of the same model and tier ends there. */
  readonly from: string;
  /** The row holds for prompts of more than this many tokens (input, reads and writes together); -1: for all. */
  readonly abovePromptTokens: number;
  readonly prices: TokenPrices;
  readonly source: string;
}

const PRICING = "platform.claude.com/docs/en/about-claude/pricing, read 2026-09-02";
const HAIKU_TIERS = "Haiku 5.5 model page and claudit v1.9.2, read 2026-11-21";
const LAUNCH = "2020-01-01";

/** `usdPerMTok` lists input, 5m write, 1h write, read, output in USD per million tokens. */
function row(
  model: string,
  usdPerMTok: readonly [number, number, number, number, number],
  source: string,
  from = LAUNCH,
  abovePromptTokens = -1,
): PriceRow {
  const [input, write5m, write1h, read, output] = usdPerMTok.map((usd) => Math.round(usd * 1e6)) as [
    number,
    number,
    number,
    number,
    number,
  ];
  return { model, from, abovePromptTokens, prices: { input, write5m, write1h, read, output }, source };
}

/** The day on which the newest row was checked against its source; `doctor` warns when it grows old. */
export const PRICE_TABLE_DATE = "2026-11-21";

/**
 * First-party list prices. A read is not always a tenth of the input price, and Haiku 5.5 steps at
 * 100,000 prompt tokens, so every number is written out: a multiplier would be right until it is not.
 */
export const PRICE_TABLE: readonly PriceRow[] = [
  ...["claude-fable-5-2", "claude-mythos-5-2"].map((model) =>
    row(model, [8, 10, 16, 0.2, 40], "release notes 2026-11-09; cache rows from rightsize v0.10.2"),
  ),
  ...["claude-fable-5-1", "claude-mythos-5-1"].map((model) => row(model, [10, 12.5, 20, 0.25, 50], PRICING)),
  ...["claude-fable-5", "claude-mythos-5"].map((model) => row(model, [10, 12.5, 20, 1, 50], PRICING)),
  row("claude-opus-5-5", [4, 5, 8, 0.2, 20], "Opus 5.5 model page, read 2026-11-21"),
  ...[
    "claude-opus-5",
    "claude-opus-4-8",
    "claude-opus-4-7",
    "claude-opus-4-6",
    "claude-opus-4-5",
    "claude-opus-4-5-20251101",
  ].map((model) => row(model, [5, 6.25, 10, 0.5, 25], PRICING)),
  row("claude-sonnet-5-5", [2, 2.5, 4, 0.2, 10], "Sonnet 5.5 model page, read 2026-11-21"),
  row("claude-sonnet-5-5", [2, 2.5, 4, 0.1, 10], "release notes 2026-10-07", "2026-10-07"),
  row("claude-sonnet-5", [2, 2.5, 4, 0.2, 10], PRICING),
  ...["claude-sonnet-4-6", "claude-sonnet-4-5", "claude-sonnet-4-5-20250929"].map((model) =>
    row(model, [3, 3.75, 6, 0.3, 15], PRICING),
  ),
  row("claude-haiku-5-5", [0.1, 0.125, 0.2, 0.01, 0.5], HAIKU_TIERS),
  row("claude-haiku-5-5", [0.5, 0.625, 1, 0.05, 2.5], HAIKU_TIERS, LAUNCH, 100_000),
  ...["claude-haiku-4-5", "claude-haiku-4-5-20251001"].map((model) =>
    row(model, [1, 1.25, 2, 0.1, 5], PRICING),
  ),
];

/**
 * The prices that hold for `model` at the instant `at` (ms since the epoch) for a prompt of
 * `promptTokens`. `undefined` for a model that the table does not know: the caller refuses to send.
 * A sibling's price is never borrowed; that is how real tools came to bill a tenth of the truth.
 */
export function pricesFor(model: string, at: number, promptTokens: number): TokenPrices | undefined {
  const today = new Date(at).toISOString().slice(0, 10);
  return PRICE_TABLE.filter(
    (row) => row.model === model && row.from <= today && promptTokens > row.abovePromptTokens,
  ).reduce<PriceRow | undefined>(
    (best, row) => (best === undefined || supersedes(row, best) ? row : best),
    undefined,
  )?.prices;
}

/** Models whose fast mode has a known price (twice the standard one; pricing page, read 2026-09-02). */
const FAST_MODE_PRICED = new Set(["claude-opus-5", "claude-opus-4-8"]);

/**
 * The prices of one request: those of its model, with the surcharges of its own settings, which multiply every
 * class of tokens. US-only inference is 1.1 times, fast mode twice the list price (pricing page, read 2026-09-02).
 * `undefined` where a price is not known.
 */
export function pricesOfRequest(
  request: { readonly [field: string]: unknown },
  at: number,
  promptTokens: number,
): TokenPrices | undefined {
  const model = String(request["model"]);
  const list = pricesFor(model, at, promptTokens);
  if (list === undefined) return undefined;
  const fast = request["speed"] === "fast";
  if (fast && !FAST_MODE_PRICED.has(model)) return undefined;
  // In tenths, so that the surcharge stays an integer sum.
  const tenths = (request["inference_geo"] === "us" ? 11 : 10) * (fast ? 2 : 1);
  const scaled = (price: MicroUsd) => Math.ceil((price * tenths) / 10);
  return {
    input: scaled(list.input),
    write5m: scaled(list.write5m),
    write1h: scaled(list.write1h),
    read: scaled(list.read),
    output: scaled(list.output),
  };
}

/** The higher tier wins; within a tier, the later row. */
function supersedes(row: PriceRow, other: PriceRow): boolean {
  if (row.abovePromptTokens !== other.abovePromptTokens)
    return row.abovePromptTokens > other.abovePromptTokens;
  return row.from > other.from;
}

/** Whether the table has any row for the model. */
export function isPriced(model: string): boolean {
  return PRICE_TABLE.some((row) => row.model === model);
}

/** What a reply cost, in micro-USD, rounded up once per request. */
export function costOf(usage: Usage, prices: TokenPrices): MicroUsd {
  return Math.ceil(
    (usage.uncachedTokens * prices.input +
      usage.write5mTokens * prices.write5m +
      usage.write1hTokens * prices.write1h +
      usage.readTokens * prices.read +
      usage.outputTokens * prices.output) /
      1_000_000,
  );
}

/** The part of the cost that is cache writes: the *fill cost* of the third story. */
export function fillCostOf(usage: Usage, prices: TokenPrices): MicroUsd {
  return Math.ceil((usage.write5mTokens * prices.write5m + usage.write1hTokens * prices.write1h) / 1_000_000);
}
