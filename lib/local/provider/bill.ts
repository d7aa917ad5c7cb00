import { PRICE_TABLE, type PriceRow } from "../../core/prices.ts";
import type { Usage } from "../../core/usage.ts";

/**
 * Exact money: 10^-12 dollars. A price of whole micro-dollars per million tokens is a whole number of these per
 * token, so no cost is ever rounded. One micro-dollar is 1,000,000 of them.
 */
export type PicoUsd = bigint;

/** One request that the provider charges for. */
export interface BillLine {
  /** Start of the request, in ms since the epoch. */
  readonly at: number;
  readonly requestId: string;
  readonly model: string;
  readonly workspace: string;
  /** Label of the API key. */
  readonly caller: string;
  readonly fingerprint: string;
  readonly usage: Usage;
  readonly cost: PicoUsd;
  /** The part of `cost` that is cache writes. */
  readonly fillCost: PicoUsd;
  /** Whether the client got the answer: a client that went away pays all the same. */
  readonly answered: boolean;
}

/** A choice of lines: `from <= at < until`, and equal in every other field given. */
export interface BillFilter {
  readonly from?: number;
  readonly until?: number;
  readonly model?: string;
  readonly workspace?: string;
  readonly caller?: string;
  readonly fingerprint?: string;
}

export interface BillTotal {
  readonly requests: number;
  readonly usage: Usage;
  readonly cost: PicoUsd;
  readonly fillCost: PicoUsd;
}

/** What multiplies every price of a request (pricing page, read 2026-09-02). */
export interface PriceModifiers {
  readonly fast: boolean;
  readonly usInference: boolean;
}

/** The provider's own bill, kept apart from the product's ledger and computed apart from it. */
export class Bill {
  readonly #lines: BillLine[] = [];

  get lines(): readonly BillLine[] {
    return this.#lines;
  }

  /** Prices a request and adds it. `promptTokens` of the whole request choose the price tier. */
  charge(request: Omit<BillLine, "cost" | "fillCost">, modifiers: PriceModifiers): BillLine {
    const { usage } = request;
    const row = priceRow(request.model, request.at, sum(usage) - usage.outputTokens);
    const price = (perMTok: number): PicoUsd => modified(BigInt(perMTok), modifiers);
    const fillCost =
      BigInt(usage.write5mTokens) * price(row.prices.write5m) +
      BigInt(usage.write1hTokens) * price(row.prices.write1h);
    const line = {
      ...request,
      fillCost,
      cost:
        fillCost +
        BigInt(usage.uncachedTokens) * price(row.prices.input) +
        BigInt(usage.readTokens) * price(row.prices.read) +
        BigInt(usage.outputTokens) * price(row.prices.output),
    };
    this.#lines.push(line);
    return line;
  }

  total(filter: BillFilter = {}): BillTotal {
    const lines = chosen(this.#lines, filter);
    const tokens = (bucket: keyof Usage): number =>
      lines.reduce((total, { usage }) => total + usage[bucket], 0);
    return {
      requests: lines.length,
      usage: {
        uncachedTokens: tokens("uncachedTokens"),
        write5mTokens: tokens("write5mTokens"),
        write1hTokens: tokens("write1hTokens"),
        readTokens: tokens("readTokens"),
        outputTokens: tokens("outputTokens"),
      },
      cost: lines.reduce((total, { cost }) => total + cost, 0n),
      fillCost: lines.reduce((total, { fillCost }) => total + fillCost, 0n),
    };
  }
}

/** Whole micro-dollars, rounded up. */
export function toMicroUsd(amount: PicoUsd): number {
  return Number((amount + 999_999n) / 1_000_000n);
}

// --- internal ---

function chosen(
  lines: readonly BillLine[],
  { from = -Infinity, until = Infinity, ...equal }: BillFilter,
): readonly BillLine[] {
  const fields = ["model", "workspace", "caller", "fingerprint"] as const;
  const given = fields.filter((field) => equal[field] !== undefined);
  return lines.filter(
    (line) => line.at >= from && line.at < until && given.every((field) => line[field] === equal[field]),
  );
}

/** Chosen here and not by the product's own look-up, so that a fault in that one shows as a different bill. */
function priceRow(model: string, at: number, promptTokens: number): PriceRow {
  const day = new Date(at).toISOString().slice(0, 10);
  const row = PRICE_TABLE.filter(
    (candidate) =>
      candidate.model === model && candidate.from <= day && candidate.abovePromptTokens < promptTokens,
  )
    .sort((a, b) => a.abovePromptTokens - b.abovePromptTokens || a.from.localeCompare(b.from))
    .at(-1);
  if (row === undefined) throw new Error(`no price for ${model} on ${day}; add a row to the price table`);
  return row;
}

/** `perMTok` micro-dollars per million tokens are as many pico-dollars per token. */
function modified(perMTok: bigint, { fast, usInference }: PriceModifiers): PicoUsd {
  const price = fast ? perMTok * 2n : perMTok;
  return usInference ? (price * 11n) / 10n : price;
}

function sum(usage: Usage): number {
  return Object.values(usage).reduce((total: number, tokens: number) => total + tokens, 0);
}
