import { policyNamed } from "../plan/policies.ts";
import { type Tariff, USUAL_TARIFF } from "../plan/tariff.ts";
import { type Bill, HINTS, type SimulationOptions } from "./bill.ts";
import { type OptimumOptions, optimumOf } from "./optimum.ts";
import { simulate } from "./simulate.ts";
import type { Trace } from "./trace.ts";

/** What a policy paid on one trace, beside what the least would have been. */
export interface Score {
  readonly ratio: number;
  /** The same with cold requests charged at lambda on both sides. */
  readonly ratioAtLambda: number;
  readonly hitRate: number;
  readonly touchesPerRequest: number;
  readonly bill: Bill;
}

/** The rows of each prefix, in order of time. */
export function rowsByPrefix(trace: Trace): Uint32Array[] {
  const counts = new Uint32Array(trace.ids.length);
  for (const at of trace.prefix) counts[at] = (counts[at] as number) + 1;
  const rows = Array.from(counts, (count) => new Uint32Array(count));
  const filled = new Uint32Array(trace.ids.length);
  trace.prefix.forEach((at, row) => {
    const next = filled[at] as number;
    (rows[at] as Uint32Array)[next] = row;
    filled[at] = next + 1;
  });
  return rows;
}

/** The least that each way of writing can cost, in base-price tokens. */
export interface Optima {
  readonly both: number;
  readonly bothAtLambda: number;
  readonly only5m: number;
  readonly only5mAtLambda: number;
}

/** The optimum of a trace is the sum over its prefixes: they share nothing. */
export function optimaOf(
  trace: Trace,
  lambda: number,
  tariffFor: (tokens: number) => Tariff = () => USUAL_TARIFF,
): Optima {
  const optima = { both: 0, bothAtLambda: 0, only5m: 0, only5mAtLambda: 0 };
  for (const rows of rowsByPrefix(trace)) {
    // Nothing caches what is below the model's minimum: it costs its price, whatever is done.
    const isCached = (row: number) =>
      (trace.tokens[row] as number) >= (tariffFor(trace.tokens[row] as number).minimumTokens ?? 0);
    const cached = rows.filter(isCached);
    let uncached = 0;
    if (cached.length < rows.length) {
      for (const row of rows) uncached += isCached(row) ? 0 : (trace.tokens[row] as number);
    }
    const times = Float64Array.from(cached, (row) => trace.times[row] as number);
    const tokens = Float64Array.from(cached, (row) => trace.tokens[row] as number);
    const least = (options: OptimumOptions) => uncached + optimumOf(times, tokens, { tariffFor, ...options });
    optima.both += least({});
    optima.bothAtLambda += least({ lambda });
    optima.only5m += least({ only5m: true });
    optima.only5mAtLambda += least({ only5m: true, lambda });
  }
  return optima;
}

/** Runs one policy, which plans by `lambda` as well. A name that ends in `-5m` is measured against what 5m writes alone can reach. */
export function score(
  trace: Trace,
  name: string,
  optima: Optima,
  lambda: number,
  options: SimulationOptions = {},
): Score {
  const knowsCalendar = (options.hints ?? HINTS).includes("closed");
  const { closedDays = [] } = knowsCalendar ? trace : {};
  const bill = simulate(trace, policyNamed(name, { closedDays, lambda }), options);
  const own5m = name.endsWith("-5m");
  return {
    ratio: bill.cost / (own5m ? optima.only5m : optima.both),
    ratioAtLambda:
      (bill.cost + lambda * bill.coldTokens) / (own5m ? optima.only5mAtLambda : optima.bothAtLambda),
    hitRate: bill.hits / bill.requests,
    touchesPerRequest: bill.touches / bill.requests,
    bill,
  };
}

export function geometricMean(values: readonly number[]): number {
  return Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length);
}
