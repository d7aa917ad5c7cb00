import { minimumTokens } from "../models.ts";
import { type Tariff, tariffOf } from "../plan/tariff.ts";
import { PRICE_TABLE, pricesFor } from "../prices.ts";
import { type Optima, optimaOf, type Score, score } from "./compare.ts";
import type { Trace } from "./trace.ts";

/** What one policy would have cost on a trace. */
export interface ReplayedPolicy extends Omit<Score, "bill"> {
  readonly policy: string;
  readonly usd: number;
  readonly usdPerDay: number;
}

export interface Replay {
  readonly name: string;
  readonly model: string;
  readonly requests: number;
  readonly prefixes: number;
  readonly days: number;
  /** Uncached reads that one cold request is worth in the ratios "at lambda". */
  readonly lambda: number;
  /** Dollars that the same requests cost at least, with the future known; and with 5m writes only. */
  readonly optimum: { readonly usd: number; readonly usd5m: number };
  /** The cheapest first. */
  readonly policies: readonly ReplayedPolicy[];
}

/** The tariff of a model by prompt size at the instant `at` (ms); `undefined` for a model without a price. */
export function tariffsOf(model: string, at: number): ((tokens: number) => Tariff) | undefined {
  const steps = [
    ...new Set(PRICE_TABLE.filter((row) => row.model === model).map((row) => row.abovePromptTokens)),
  ];
  const tariffs = steps
    .sort((a, b) => b - a)
    .flatMap((above) => {
      const prices = pricesFor(model, at, above + 1);
      return prices === undefined ? [] : [{ above, tariff: tariffOf(prices, minimumTokens(model)) }];
    });
  const smallest = tariffs.at(-1);
  if (smallest === undefined) return undefined;
  return (tokens) => (tariffs.find(({ above }) => tokens > above) ?? smallest).tariff;
}

/** Replays a trace under each of the named policies. @throws RangeError for an unknown policy name */
export function replay(
  trace: Trace,
  model: string,
  tariffFor: (tokens: number) => Tariff,
  names: readonly string[],
  lambda: number,
  talk: (line: string) => void = () => {},
): Replay {
  talk(`${trace.times.length} requests; the optimum…`);
  const optima = optimaOf(trace, lambda, tariffFor);
  const seconds = (trace.times.at(-1) ?? 0) - (trace.times[0] ?? 0);
  const days = Math.max(seconds, 3600) / 86_400;
  let usdPerUnit = 0;
  const policies = names.map((policy): ReplayedPolicy => {
    talk(`${policy}…`);
    const { bill, ...rest } = score(trace, policy, optima, lambda, { tariffFor });
    const usd = bill.money / 1_000_000;
    usdPerUnit = usd / bill.cost;
    return { policy, usd, usdPerDay: usd / days, ...rest };
  });
  return {
    name: trace.name,
    model,
    requests: trace.times.length,
    prefixes: new Set(trace.prefix).size,
    days,
    lambda,
    optimum: optimumInUsd(optima, usdPerUnit),
    policies: policies.sort((a, b) => a.usd - b.usd),
  };
}

/** Where the price steps with the size, a token of the optimum is taken to cost what one of the policies does. */
function optimumInUsd({ both, only5m }: Optima, usdPerUnit: number): { usd: number; usd5m: number } {
  return { usd: both * usdPerUnit, usd5m: only5m * usdPerUnit };
}
