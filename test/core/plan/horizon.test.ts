import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Ttl } from "../../../lib/core/due.ts";
import { BINS } from "../../../lib/core/plan/bins.ts";
import { bestHorizon } from "../../../lib/core/plan/horizon.ts";
import { USUAL_TARIFF } from "../../../lib/core/plan/tariff.ts";

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

  it("past its bound is what was sent", () => {
    const nobodyComes = new Float64Array(BINS + 1);
    expect(bestHorizon(nobodyComes, "1h", USUAL_TARIFF, 0.5, 30)).toMatchObject({ touches: 30, sent: 0 });
  });
});
