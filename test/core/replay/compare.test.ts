import { describe, expect, it } from "vitest";
import { USUAL_TARIFF } from "../../../lib/core/plan/tariff.ts";
import { geometricMean, optimaOf, rowsByPrefix, score } from "../../../lib/core/replay/compare.ts";
import { type Trace, TraceBuilder } from "../../../lib/core/replay/trace.ts";

function traceOf(...rows: readonly (readonly [t: number, id: string, tokens?: number])[]): Trace {
  const builder = new TraceBuilder("test");
  for (const [t, id, tokens = 1_000] of rows) builder.row(t, id, { tokens });
  return builder.finish();
}

describe("the rows of each prefix", () => {
  it("are in order of time, and each row is of one prefix", () => {
    const trace = traceOf([0, "a"], [1, "b"], [2, "a"], [2, "a"], [3, "c"], [4, "b"]);
    expect(rowsByPrefix(trace).map((rows) => [...rows])).toEqual([[0, 2, 3], [1, 5], [4]]);
  });

  it("are none of a prefix that was replaced and never used", () => {
    const builder = new TraceBuilder("test");
    builder.row(0, "v2", { tokens: 5, replaces: "v1" });
    const rows = rowsByPrefix(builder.finish());
    expect(rows.map(({ length }) => length).sort()).toEqual([0, 1]);
  });
});

describe("the optimum of a trace", () => {
  it("is the sum over its prefixes, with either TTL or 5m alone", () => {
    const half = [0, 1_800, 3_600, 5_400];
    const { both, only5m } = optimaOf(traceOf(...half.map((t) => [t, "a"] as const)), 0);
    expect(both).toBeCloseTo(2_000 + 3 * 100, 6);
    expect(only5m).toBeCloseTo(1_250 + 3 * (5 * 112 + 100), 6);
    const twice = traceOf(...half.flatMap((t) => [[t, "a"] as const, [t, "b"] as const]));
    expect(optimaOf(twice, 0).both).toBeCloseTo(2 * both, 6);
    expect(optimaOf(twice, 0).only5m).toBeCloseTo(2 * only5m, 6);
  });

  it("with lambda counts each cold request's tokens too", () => {
    const once = optimaOf(traceOf([0, "a"]), 0.5);
    expect(once).toEqual({ both: 1_250, bothAtLambda: 1_750, only5m: 1_250, only5mAtLambda: 1_750 });
    expect(optimaOf(traceOf([0, "a"]), 0).bothAtLambda).toBe(1_250);
  });

  it("charges what is below the model's minimum at its price, also between requests that are above", () => {
    const tariffFor = () => ({ ...USUAL_TARIFF, minimumTokens: 1_000 });
    const mixed = traceOf([0, "a"], [10, "a", 999], [20, "a"], [30, "b", 5]);
    expect(optimaOf(mixed, 0, tariffFor).both).toBeCloseTo(1_250 + 999 + 100 + 5, 6);
  });

  it("of each prefix is by the tariff of its size", () => {
    const tariffFor = (tokens: number) => ({ ...USUAL_TARIFF, write5m: tokens > 1_000 ? 3 : 1 });
    expect(optimaOf(traceOf([0, "a"], [0, "b", 2_000]), 0, tariffFor).only5m).toBe(1_000 + 6_000);
  });
});

describe("the score of a policy", () => {
  const trace = traceOf([0, "a"], [1_800, "a"], [3_600, "a"], [5_400, "a"], [5_401, "a"], [7_300, "b"]);
  const optima = optimaOf(trace, 0.5);

  it("is what it paid over the least, without and with lambda", () => {
    const { bill, ratio, ratioAtLambda, hitRate, touchesPerRequest } = score(trace, "off", optima, 0.5);
    expect(bill).toMatchObject({ requests: 6, hits: 1, touches: 0, coldTokens: 5_000 });
    expect(ratio).toBeCloseTo(bill.cost / optima.both, 12);
    expect(ratioAtLambda).toBeCloseTo((bill.cost + 2_500) / optima.bothAtLambda, 12);
    expect([hitRate, touchesPerRequest]).toEqual([1 / 6, 0]);
  });

  it("counts touches for each request", () => {
    const { bill, touchesPerRequest } = score(trace, "cron(4m)", optima, 0.5);
    expect(bill.touches).toBeGreaterThan(6);
    expect(touchesPerRequest).toBe(bill.touches / 6);
  });

  it("of a policy of 5m writes is over what those alone can reach", () => {
    const { bill, ratio, ratioAtLambda } = score(trace, "adaptive-5m", optima, 0.5);
    expect(optima.only5m).toBeGreaterThan(optima.both);
    expect(ratio).toBeCloseTo(bill.cost / optima.only5m, 12);
    expect(ratioAtLambda).toBeCloseTo((bill.cost + 0.5 * bill.coldTokens) / optima.only5mAtLambda, 12);
  });
});

describe("the geometric mean", () => {
  it.each([
    [[3], 3],
    [[1, 4], 2],
    [[0.5, 2], 1],
    [[1, 2, 4, 8], Math.sqrt(8)],
  ])("of %j is %d", (values, mean) => {
    expect(geometricMean(values)).toBeCloseTo(mean, 12);
  });
});
