import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Ttl } from "../../../lib/core/due.ts";
import { BINS, binOf, EDGE, HOUR } from "../../../lib/core/plan/bins.ts";
import { advantageOf1h, bestHorizon, episodeValue } from "../../../lib/core/plan/horizon.ts";
import { mostKeepAlives, USUAL_TARIFF } from "../../../lib/core/plan/tariff.ts";

/** The cumulative hazard at each edge, from that of each bin. */
const curves = fc
  .array(fc.double({ min: 0.001, max: 1, noNaN: true }), { minLength: BINS, maxLength: BINS })
  .map((hazards) => {
    const curve = new Float64Array(BINS + 1);
    hazards.forEach((hazard, bin) => {
      curve[bin + 1] = (curve[bin] as number) + hazard;
    });
    return curve;
  });

describe("the best horizon", () => {
  it("stays the same while it is lived through, as long as nothing new is known", () => {
    fc.assert(
      fc.property(curves, fc.constantFrom<Ttl>("5m", "1h"), (curve, ttl) => {
        const { touches } = bestHorizon(curve, ttl, USUAL_TARIFF, 0.5);
        for (let sent = 0; sent <= touches; sent++) {
          expect(bestHorizon(curve, ttl, USUAL_TARIFF, 0.5, sent).touches).toBe(touches);
        }
      }),
    );
  });

  it("is bounded by what a cold request is worth, and no sooner for one who counts money alone", () => {
    // A use within each hour with one chance in ten: it always pays to wait for the next one.
    const steady = EDGE.map((age) => (0.1 * age) / HOUR);
    const most = (lambda: number) => bestHorizon(steady, "1h", USUAL_TARIFF, lambda).touches;
    expect([0, 0.5, 1].map(most)).toEqual([24, 24, 29]);
  });

  it("past its bound is what was sent", () => {
    const nobodyComes = new Float64Array(BINS + 1);
    expect(bestHorizon(nobodyComes, "1h", USUAL_TARIFF, 0.5, 30)).toMatchObject({ touches: 30, sent: 0 });
  });

  it.each<[string, Ttl, number, number]>([
    ["within the entry's own life", "1h", 1_500, 0],
    ["after an hour", "1h", 3_600, 1],
    ["after two", "1h", 7_140, 2],
    ["within the entry's own life", "5m", 120, 0],
    ["after six minutes", "5m", 360, 1],
  ])("of a use that is sure to come %s keeps a %s entry until then", (_when, ttl, age, touches) => {
    const { touches: best, sent, miss } = bestHorizon(surelyAt(age), ttl, USUAL_TARIFF, 0);
    expect(best).toBe(touches);
    expect(sent).toBeCloseTo(touches, 0);
    expect(miss).toBeLessThan(0.3);
  });

  it("of a prefix that nobody uses again keeps nothing", () => {
    const nobodyComes = new Float64Array(BINS + 1);
    expect(bestHorizon(nobodyComes, "1h", USUAL_TARIFF, 0.5)).toEqual({ touches: 0, sent: 0, miss: 1 });
  });

  it("grows with what a cold request is worth, and is never longer than that pays for", () => {
    fc.assert(
      fc.property(
        curves,
        fc.constantFrom<Ttl>("5m", "1h"),
        fc.double({ min: 0, max: 3, noNaN: true }),
        (curve, ttl, lambda) => {
          const { touches, sent, miss } = bestHorizon(curve, ttl, USUAL_TARIFF, lambda);
          const paidFor = mostKeepAlives(USUAL_TARIFF, ttl, Math.max(lambda, 0.5));
          expect(touches).toBeLessThanOrEqual(Math.min(71, paidFor));
          expect(sent).toBeLessThanOrEqual(touches);
          expect(miss).toBeGreaterThanOrEqual(0);
          expect(miss).toBeLessThanOrEqual(1);
          const more = bestHorizon(curve, ttl, USUAL_TARIFF, lambda + 1);
          expect(more.touches).toBeGreaterThanOrEqual(touches);
          expect(more.miss).toBeLessThanOrEqual(miss);
        },
      ),
      { numRuns: 50 },
    );
  });
});

/** Nobody comes before this age, and somebody within its bin. */
function surelyAt(age: number): Float64Array {
  const bin = binOf(age);
  return Float64Array.from({ length: BINS + 1 }, (_, edge) => (edge > bin ? 50 : 0));
}

describe("what a 1h entry saves over a 5m one", () => {
  it("is nothing where uses come within minutes, or never", () => {
    for (const curve of [surelyAt(60), new Float64Array(BINS + 1)]) {
      expect(advantageOf1h(curve, USUAL_TARIFF, 0).perSilence).toBeCloseTo(0, 9);
    }
    expect(advantageOf1h(new Float64Array(BINS + 1), USUAL_TARIFF, 0).miss).toBe(1);
  });

  it("is keep-alives where uses come within the hour, or the rewrite that those would cost", () => {
    // After six minutes a 5m entry needs one keep-alive, and after 25 minutes six.
    const soon = advantageOf1h(surelyAt(360), USUAL_TARIFF, 0);
    expect(soon.perSilence).toBeCloseTo(0.1, 9);
    expect(soon.miss).toBe(1e-6);
    const later = advantageOf1h(surelyAt(2_220), USUAL_TARIFF, 0);
    expect(later.perSilence).toBeGreaterThan(0.5);
    expect(later.perSilence).toBeLessThanOrEqual(USUAL_TARIFF.write5m - USUAL_TARIFF.read);
  });

  it("adds up over the silences that the entry lives through", () => {
    const advantage = { perSilence: 0.1, miss: 0.25 };
    expect(episodeValue(advantage, 1)).toBeCloseTo(0.1, 12);
    expect(episodeValue(advantage, 2)).toBeCloseTo(0.1 * 1.75, 12);
    expect(episodeValue(advantage, 1_000)).toBeCloseTo(0.1 / 0.25, 9);
    expect(episodeValue({ ...advantage, miss: 1 }, 1_000)).toBeCloseTo(0.1, 12);
    expect(episodeValue({ ...advantage, perSilence: -0.1 }, 2)).toBeCloseTo(-0.175, 12);
  });
});
