import { describe, expect, it } from "vitest";
import { mostKeepAlives, tariffOf, USUAL_TARIFF, writeShare } from "../../../lib/core/plan/tariff.ts";

describe("a prefix's tariff", () => {
  const prices = {
    input: 4_000_000,
    output: 20_000_000,
    read: 400_000,
    write5m: 5_000_000,
    write1h: 8_000_000,
  };

  it("is its model's prices as multiples of the base price", () => {
    expect(tariffOf(prices, 512)).toEqual({
      read: 0.1,
      write5m: 1.25,
      write1h: 2,
      input: 4_000_000,
      minimumTokens: 512,
    });
    expect(tariffOf(prices).minimumTokens).toBe(0);
  });

  it("has a write for each TTL", () => {
    expect([writeShare(USUAL_TARIFF, "5m"), writeShare(USUAL_TARIFF, "1h")]).toEqual([1.25, 2]);
  });
});

describe("as many keep-alives", () => {
  it.each([
    ["as a write less a read, exactly", { read: 0.25, write5m: 1.25 }, "5m", 0, 4],
    ["as a little less than that", { read: 0.25, write5m: 1.249 }, "5m", 0, 3],
    ["as tenths add up to", { read: 0.1, write1h: 2 }, "1h", 0, 19],
    ["as that and the worth of a cold request", { read: 0.25, write5m: 1.25 }, "5m", 0.5, 6],
    ["none where a write costs no more than a read", { read: 1.25, write5m: 1.25 }, "5m", 0, 0],
    ["none where it costs less", { read: 2, write5m: 1.25 }, "5m", 0, 0],
    ["at most 254", { read: 0.001 }, "1h", 0, 254],
    ["254 where a read costs nothing", { read: 0 }, "5m", 0, 254],
  ] as const)("cost %s", (_what, change, ttl, lambda, most) => {
    expect(mostKeepAlives({ ...USUAL_TARIFF, ...change }, ttl, lambda)).toBe(most);
  });
});
