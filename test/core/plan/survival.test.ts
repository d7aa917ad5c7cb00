import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { BINS, EDGE } from "../../../lib/core/plan/bins.ts";
import { Fleet } from "../../../lib/core/plan/fleet.ts";
import { fleetSurvival, hazardBetween } from "../../../lib/core/plan/survival.ts";

const LAST = EDGE[BINS] ?? Number.NaN;

/** A cumulative hazard that grows by this much in each bin. */
const curveOf = (perBin: number) => Float64Array.from({ length: BINS + 1 }, (_, edge) => perBin * edge);

describe("the hazard between two ages of a silence", () => {
  const curve = curveOf(0.2);

  it("is that of the bins between them", () => {
    for (let bin = 0; bin < BINS; bin++) {
      const [from = 0, to = 0] = [EDGE[bin], EDGE[bin + 1]];
      expect(hazardBetween(curve, from, to)).toBeCloseTo(0.2, 9);
      expect(hazardBetween(curve, from, (from + to) / 2)).toBeCloseTo(0.1, 9);
    }
    expect(hazardBetween(curve, 0, LAST)).toBeCloseTo(0.2 * BINS, 9);
  });

  it("adds up over the parts of a silence, and never falls", () => {
    const ages = fc.array(fc.nat(1e6), { minLength: 3, maxLength: 3 });
    fc.assert(
      fc.property(ages, (some) => {
        const [a = 0, b = 0, c = 0] = some.toSorted((x, y) => x - y);
        const [ab, bc] = [hazardBetween(curve, a, b), hazardBetween(curve, b, c)];
        expect(hazardBetween(curve, a, c)).toBeCloseTo(ab + bc, 9);
        expect(Math.min(ab, bc)).toBeGreaterThanOrEqual(0);
      }),
    );
  });

  it("past the last edge is the same for each doubling of the age, as in the last bin", () => {
    const doubled = hazardBetween(curve, LAST, 2 * LAST);
    expect(hazardBetween(curve, 2 * LAST, 4 * LAST)).toBeCloseTo(doubled, 9);
    const before = EDGE[BINS - 1] ?? Number.NaN;
    expect(doubled).toBeCloseTo((0.2 * Math.log(2)) / Math.log(LAST / before), 9);
    expect(hazardBetween(curve, LAST - 1, LAST + 1)).toBeGreaterThan(0);
    expect(hazardBetween(curve, LAST - 1, LAST + 1)).toBeLessThan(1e-4);
  });

  it("begins with the silence: before it there is none", () => {
    expect(hazardBetween(curve, -500, 60)).toBe(hazardBetween(curve, 0, 60));
  });
});

describe("the survival of a prefix of which only its size class is known", () => {
  it("is that of the fleet's table, bin after bin", () => {
    const fleet = new Fleet();
    fleet.count(3, 1, 5, true, 400);
    fleet.commit();
    const curve = new Float64Array(BINS + 1);
    fleetSurvival(curve, 3, fleet);
    expect(curve[0]).toBe(0);
    fleet.row(3).forEach((hazard, bin) => {
      expect((curve[bin + 1] ?? 0) - (curve[bin] ?? 0)).toBeCloseTo(hazard, 9);
    });
    fleetSurvival(curve, 0, fleet);
    expect((curve[6] ?? 0) - (curve[5] ?? 0)).toBeCloseTo(fleet.row(0)[5] ?? Number.NaN, 9);
  });
});
