import { describe, expect, it } from "vitest";
import { TTL_MS } from "../../../lib/core/due.ts";
import { deadAge, sentAge, sentBy } from "../../../lib/core/plan/ages.ts";

describe.each(["5m", "1h"] as const)("the keep-alives of a %s entry", (ttl) => {
  const life = TTL_MS[ttl] / 1000;

  it("are each sent before the entry dies, and not long before", () => {
    for (let touch = 1; touch <= 70; touch++) {
      expect(sentAge(touch, ttl)).toBeLessThan(deadAge(touch - 1, ttl));
      expect(deadAge(touch - 1, ttl) - sentAge(touch, ttl)).toBeLessThan(3 * 60);
    }
  });

  it("come in equal steps, shorter than a life by a minute or two", () => {
    const step = sentAge(2, ttl) - sentAge(1, ttl);
    expect(life - step).toBeGreaterThan(60);
    expect(life - step).toBeLessThan(120);
    for (let touch = 2; touch < 70; touch++) {
      expect(sentAge(touch + 1, ttl) - sentAge(touch, ttl)).toBeCloseTo(step, 9);
    }
  });

  it("leave it to die a life after the last of them, or after the use: half a minute in on average", () => {
    expect(deadAge(0, ttl)).toBe(30 + life);
    for (const touches of [1, 2, 20]) expect(deadAge(touches, ttl)).toBe(sentAge(touches, ttl) + 30 + life);
  });

  it("are counted from the age at which each is sent", () => {
    expect(sentBy(0, ttl)).toBe(0);
    for (const touch of [1, 2, 3, 40]) {
      expect(sentBy(sentAge(touch, ttl), ttl)).toBe(touch);
      expect(sentBy(sentAge(touch, ttl) - 1, ttl)).toBe(touch - 1);
    }
  });
});

describe("the first keep-alive", () => {
  it.each([
    ["5m", 3],
    ["1h", 58],
  ] as const)("of a %s entry is sent in minute %d after its use", (ttl, minute) => {
    expect(sentAge(1, ttl)).toBe(60 * minute);
  });
});
