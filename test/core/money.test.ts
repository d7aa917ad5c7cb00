import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatUsd, fromUsd, toUsd } from "../../lib/core/money.ts";

describe("fromUsd", () => {
  it.each([
    [0, 0],
    [1, 1_000_000],
    [0.1 + 0.2, 300_000],
    [1.1, 1_100_000],
    [1.005, 1_005_000],
    [0.000001, 1],
    [0.0000011, 2],
    [0.0000001, 1],
    [2.3, 2_300_000],
    [1_000_000, 1_000_000_000_000],
    [-1.5, -1_500_000],
  ])("turns %d USD into %i micro-USD", (usd, amount) => expect(fromUsd(usd)).toBe(amount));

  it("gives whole amounts that hide no more than a thousandth of a micro-USD", () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1_000_000, noNaN: true }), (usd) => {
        const amount = fromUsd(usd);
        expect(Number.isSafeInteger(amount)).toBe(true);
        expect(amount).toBeGreaterThanOrEqual(usd * 1e6 - 0.001);
        expect(amount).toBeLessThan(usd * 1e6 + 1);
      }),
    );
  });

  it("takes back every amount that toUsd gave", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1e12 }), (amount) => {
        expect(fromUsd(toUsd(amount))).toBe(amount);
      }),
    );
  });
});

describe("formatUsd", () => {
  it.each([
    [0, "$0.00"],
    [1, "$0.0000"],
    [12_340_000, "$12.34"],
    [100_000, "$0.10"],
    [99_999, "$0.1000"],
    [99_949, "$0.0999"],
    [2_400, "$0.0024"],
    [-12_340_000, "-$12.34"],
    [-2_400, "-$0.0024"],
    [1_000_000_000_000, "$1000000.00"],
  ])("writes %i as %s", (amount, text) => expect(formatUsd(amount)).toBe(text));
});
