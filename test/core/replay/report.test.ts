import { describe, expect, it } from "vitest";
import { replay, tariffsOf } from "../../../lib/core/replay/report.ts";
import { TraceBuilder } from "../../../lib/core/replay/trace.ts";
import { NOON } from "../samples.ts";

const MODEL = "claude-sonnet-5-5";
const DAY_SECONDS = 86_400;

function traceOf(...times: readonly number[]) {
  const builder = new TraceBuilder("usage");
  times.forEach((time, i) => {
    builder.row(time, `p${i % 2}`, { tokens: 100_000 });
  });
  return builder.finish();
}

function replayed(times: readonly number[], names: readonly string[], talk?: (line: string) => void) {
  const tariffFor = tariffsOf(MODEL, NOON);
  if (tariffFor === undefined) throw new Error(`${MODEL} has no price`);
  return replay(traceOf(...times), MODEL, tariffFor, names, 0.5, talk);
}

describe("the tariffs of a model", () => {
  it.each([
    ["claude-haiku-5-5", 1, 100_000],
    ["claude-haiku-5-5", 100_000, 100_000],
    ["claude-haiku-5-5", 100_001, 500_000],
    ["claude-haiku-5-5", 900_000, 500_000],
    [MODEL, 1, 2_000_000],
    [MODEL, 900_000, 2_000_000],
  ])("of %s at %d tokens has a base price of %d", (model, tokens, input) => {
    expect(tariffsOf(model, NOON)?.(tokens).input).toBe(input);
  });

  it("are those of the day, with the smallest size that the model caches", () => {
    expect(tariffsOf(MODEL, Date.UTC(2026, 9, 6))?.(5).read).toBe(0.1);
    expect(tariffsOf(MODEL, Date.UTC(2026, 9, 7))?.(5).read).toBe(0.05);
    expect(tariffsOf(MODEL, NOON)?.(5).minimumTokens).toBe(512);
  });

  it("are none of a model that nobody knows", () => {
    expect(tariffsOf("claude-unpriced", NOON)).toBeUndefined();
  });
});

describe("a replay", () => {
  it("says how much was replayed", () => {
    expect(replayed([0, 10, DAY_SECONDS * 2], ["off"])).toMatchObject({
      name: "usage",
      model: MODEL,
      requests: 3,
      prefixes: 2,
      days: 2,
      lambda: 0.5,
    });
  });

  it("counts prefixes that were used, not those that were only replaced", () => {
    const builder = new TraceBuilder("usage");
    builder.row(0, "v2", { tokens: 1_000, replaces: "v1" });
    const tariffFor = tariffsOf(MODEL, NOON) ?? (() => expect.unreachable());
    expect(replay(builder.finish(), MODEL, tariffFor, ["off"], 0).prefixes).toBe(1);
  });

  it("is in dollars, and in dollars a day of which there are at least an hour's worth", () => {
    // Two prefixes of 100,000 tokens, written for 2.50 dollars a million.
    const [off] = replayed([0, 10], ["off"]).policies;
    expect(off).toMatchObject({ policy: "off", hitRate: 0, touchesPerRequest: 0 });
    expect(off?.usd).toBeCloseTo(0.5, 9);
    expect(off?.usdPerDay).toBeCloseTo(0.5 * 24, 9);
    expect(replayed([0, DAY_SECONDS * 4], ["off"]).policies[0]?.usdPerDay).toBeCloseTo(0.125, 9);
    expect(replayed([7 * DAY_SECONDS, 8 * DAY_SECONDS], ["off"]).days).toBe(1);
  });

  it("has the optimum in dollars, of either TTL and of 5m alone", () => {
    // Two prefixes four times each, half an hour apart.
    const times = [0, 1, 1_800, 1_801, 3_600, 3_601, 5_400, 5_401];
    const { optimum, policies } = replayed(times, ["off", "off-1h"]);
    expect(optimum.usd).toBeCloseTo(2 * (0.4 + 3 * 0.01), 6);
    expect(optimum.usd5m).toBeCloseTo(2 * (0.25 + 3 * (5 * 0.010024 + 0.01)), 6);
    for (const { usd, ratio } of policies) expect(optimum.usd * ratio).toBeCloseTo(usd, 9);
  });

  it("puts the cheapest policy first, and says what it is at", () => {
    const lines: string[] = [];
    const times = Array.from({ length: 8 }, (_, i) => 1_000 * i);
    const { policies } = replayed(times, ["cron(4m)", "off", "always"], (line) => lines.push(line));
    const dollars = policies.map(({ usd }) => usd);
    expect(dollars).toEqual(dollars.toSorted((a, b) => a - b));
    expect(new Set(dollars).size).toBe(3);
    expect(lines).toEqual(["8 requests; the optimum…", "cron(4m)…", "off…", "always…"]);
  });
});
