import { describe, expect, it } from "vitest";
import { BINS, binOf } from "../../../lib/core/plan/bins.ts";
import { FirstAdvice, pays } from "../../../lib/core/plan/first-advice.ts";
import { Fleet, GAPS, SIZES } from "../../../lib/core/plan/fleet.ts";
import { USUAL_TARIFF } from "../../../lib/core/plan/tariff.ts";

/** Teaches that silences of every class end at this age in so many of a hundred cases, and else never. */
function teach(fleet: Fleet, age: number, ended: number, sizes = SIZES): Fleet {
  const last = binOf(age);
  for (let size = 0; size < sizes; size++) {
    for (let gap = 0; gap < GAPS; gap++) {
      for (let bin = 0; bin < BINS; bin++) {
        if (bin === last) fleet.count(size, gap, bin, true, 10 * ended);
        fleet.count(size, gap, bin, false, bin === last ? 10 * (100 - ended) : 1_000);
      }
    }
  }
  fleet.commit();
  return fleet;
}

const adviceOf = (fleet: Fleet, lambda = 0) => new FirstAdvice(fleet, lambda);

describe("the advice for a prefix that nobody has used yet", () => {
  it("is 1h where others came back after half an hour", () => {
    expect(adviceOf(teach(new Fleet(), 1_500, 95)).ttl(USUAL_TARIFF)).toBe("1h");
  });

  it("is 5m where others came back within minutes, or never", () => {
    expect(adviceOf(teach(new Fleet(), 60, 99)).ttl(USUAL_TARIFF)).toBe("5m");
    expect(adviceOf(teach(new Fleet(), 1_500, 5)).ttl(USUAL_TARIFF)).toBe("5m");
  });

  it("is 5m where few live through their first silence, however those go on", () => {
    const fleet = teach(new Fleet(), 1_500, 95);
    for (let i = 0; i < 50; i++) teach(fleet, 1_500, 1, 1);
    expect(adviceOf(fleet).ttl(USUAL_TARIFF)).toBe("5m");
  });

  it("is by the prices: 1h where such a write costs no more, 5m where it costs far more, or a read as much", () => {
    const advice = adviceOf(teach(new Fleet(), 1_500, 95));
    expect(advice.ttl({ ...USUAL_TARIFF, write1h: 100 })).toBe("5m");
    expect(advice.ttl({ ...USUAL_TARIFF, write1h: USUAL_TARIFF.write5m })).toBe("1h");
    expect(advice.ttl({ ...USUAL_TARIFF, read: USUAL_TARIFF.write5m })).toBe("5m");
    expect(advice.ttl(USUAL_TARIFF)).toBe("1h");
  });

  it("stays what it was until it is thought over again", () => {
    const fleet = teach(new Fleet(), 1_500, 95);
    const advice = adviceOf(fleet);
    expect(advice.ttl(USUAL_TARIFF)).toBe("1h");
    for (let i = 0; i < 50; i++) teach(fleet, 1_500, 1);
    expect(advice.ttl(USUAL_TARIFF)).toBe("1h");
    advice.forget();
    expect(advice.ttl(USUAL_TARIFF)).toBe("5m");
  });

  it("asks for a saving of at least the higher price of the write", () => {
    const { write1h, write5m } = USUAL_TARIFF;
    expect(pays(write1h - write5m, USUAL_TARIFF)).toBe("1h");
    expect(pays(write1h - write5m - 1e-9, USUAL_TARIFF)).toBe("5m");
  });
});
