import { describe, expect, it } from "vitest";
import { createMetricStore, type MetricSample, type MetricSeries } from "../../lib/local/metric-store.ts";

const NOON = Date.UTC(2026, 10, 21, 12);
const MINUTE = 60_000;
const DEMO: MetricSeries = {
  namespace: "PromptCacheWarmer",
  metric: "FillCost",
  dimensions: { Service: "chat", Environment: "demo" },
};

function stored(samples: readonly MetricSample[], series = DEMO) {
  const store = createMetricStore();
  store.put(samples);
  return store.query(series, NOON - 60 * MINUTE, NOON + 60 * MINUTE);
}

describe("a metric store", () => {
  it("keeps one set of statistics per minute, however many samples", () => {
    const values = [3, -1, 7];
    expect(stored(values.map((value, i) => ({ ...DEMO, at: NOON + i * 10_000, value })))).toEqual([
      { at: NOON, sampleCount: 3, sum: 9, minimum: -1, maximum: 7 },
    ]);
  });

  it("counts a value as often as it was seen, and takes ready statistics", () => {
    const statistics = { sampleCount: 4, sum: 10, minimum: 1, maximum: 4 };
    expect(
      stored([
        { ...DEMO, at: NOON, value: 5, count: 3 },
        { ...DEMO, at: NOON, statistics },
      ]),
    ).toEqual([{ at: NOON, sampleCount: 7, sum: 25, minimum: 1, maximum: 5 }]);
  });

  it("puts a sample in the minute in which it lies: its first and its last millisecond, not the next", () => {
    const at = [NOON - 1, NOON, NOON + MINUTE - 1, NOON + MINUTE];
    expect(stored(at.map((instant) => ({ ...DEMO, at: instant, value: 1 })))).toMatchObject([
      { at: NOON - MINUTE, sampleCount: 1 },
      { at: NOON, sampleCount: 2 },
      { at: NOON + MINUTE, sampleCount: 1 },
    ]);
  });

  it("answers minutes in order, from the first instant on and before the last", () => {
    const store = createMetricStore();
    for (const minute of [3, 1, 2, 0]) store.put([{ ...DEMO, at: NOON + minute * MINUTE, value: minute }]);
    const found = (from: number, to: number) => store.query(DEMO, from, to).map(({ sum }) => sum);
    expect(found(NOON, NOON + 3 * MINUTE)).toEqual([0, 1, 2]);
    expect(found(NOON + 1, NOON + 3 * MINUTE + 1)).toEqual([1, 2, 3]);
    expect(found(NOON, NOON)).toEqual([]);
  });

  it.each<[string, Partial<MetricSeries>]>([
    ["one dimension less", { dimensions: { Service: "chat" } }],
    ["one dimension more", { dimensions: { ...DEMO.dimensions, Color: "blue" } }],
    ["another value of a dimension", { dimensions: { ...DEMO.dimensions, Environment: "prod" } }],
    ["no dimensions", { dimensions: {} }],
    ["another name", { metric: "FillRate" }],
    ["another namespace", { namespace: "AWS/Lambda" }],
  ])("keeps apart a series with %s", (_, other) => {
    const samples = [
      { ...DEMO, at: NOON, value: 1 },
      { ...DEMO, ...other, at: NOON, value: 100 },
    ];
    expect(stored(samples)).toMatchObject([{ sum: 1 }]);
    expect(stored(samples, { ...DEMO, ...other })).toMatchObject([{ sum: 100 }]);
  });

  it("takes dimensions in any order for the same series", () => {
    const { Service, Environment } = DEMO.dimensions as { Service: string; Environment: string };
    expect(stored([{ ...DEMO, dimensions: { Environment, Service }, at: NOON, value: 1 }])).toHaveLength(1);
  });

  it.each<[string, object, string]>([
    ["NaN", { value: Number.NaN }, "sum must be a finite number, got: NaN"],
    ["Infinity", { value: Number.POSITIVE_INFINITY }, "sum must be a finite number, got: Infinity"],
    ["-Infinity", { value: Number.NEGATIVE_INFINITY }, "sum must be a finite number, got: -Infinity"],
    ["a time that is no number", { value: 1, at: Number.NaN }, "at must be a finite number, got: NaN"],
    [
      "NaN in statistics",
      { statistics: { sampleCount: 1, sum: 1, minimum: Number.NaN, maximum: 1 } },
      "minimum must be a finite number",
    ],
    ["a count of 0", { value: 1, count: 0 }, "sampleCount must be above 0, got: 0"],
  ])("refuses a whole request for %s", (_, bad, message) => {
    const store = createMetricStore();
    const samples = [{ ...DEMO, at: NOON, value: 1 }, { ...DEMO, at: NOON, ...bad } as MetricSample];
    expect(() => store.put(samples)).toThrow(message);
    expect(() => store.put(samples)).toThrow("PromptCacheWarmer FillCost");
    expect(store.query(DEMO, 0, NOON + MINUTE)).toEqual([]);
  });

  it("forgets what lies before an instant, and nothing else", () => {
    const store = createMetricStore();
    for (const minute of [0, 1, 2]) store.put([{ ...DEMO, at: NOON + minute * MINUTE, value: minute }]);
    store.prune(NOON + MINUTE);
    expect(store.query(DEMO, NOON, NOON + 3 * MINUTE).map(({ sum }) => sum)).toEqual([1, 2]);
  });
});
