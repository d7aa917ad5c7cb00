import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Ttl } from "../../../lib/core/due.ts";
import {
  AT,
  adviceOf,
  contextOf,
  LEARNED_SIZE,
  playedOf,
  setAdvice,
  setContext,
  setTouchesIn1h,
  setVirtual,
  shortenPlayed,
  virtualOf,
} from "../../../lib/core/plan/layout.ts";

const ttl = fc.constantFrom<Ttl>("5m", "1h");
const touches = fc.nat(255);
const told = fc.record({
  gap: fc.nat(7),
  turn: fc.nat(7),
  virtual: fc.record({ ttl, touches }),
  advice: ttl,
  in1h: touches,
});

/** All that is kept beside counters, set in the given order. */
function learnedOf({
  gap,
  turn,
  virtual,
  advice,
  in1h,
}: typeof told extends fc.Arbitrary<infer T> ? T : never) {
  const learned = new Uint16Array(LEARNED_SIZE);
  setTouchesIn1h(learned, in1h);
  setAdvice(learned, advice);
  setVirtual(learned, virtual);
  setContext(learned, { gap, turn });
  return learned;
}

describe("what is learned of a prefix", () => {
  it("has a place of its own for each field, and none to spare", () => {
    const starts = Object.values(AT);
    expect(starts).toEqual(starts.toSorted((a, b) => a - b));
    expect(new Set(starts).size).toBe(starts.length);
    expect(starts[0]).toBe(0);
    expect(LEARNED_SIZE).toBe(78);
    expect(AT.week).toBe(LEARNED_SIZE - 12);
  });

  it("is read as it was set, each part without the others", () => {
    fc.assert(
      fc.property(told, (one) => {
        const learned = learnedOf(one);
        expect(contextOf(learned)).toEqual({ gap: one.gap, turn: one.turn });
        expect(virtualOf(learned)).toEqual(one.virtual);
        expect(adviceOf(learned)).toBe(one.advice);
        expect(playedOf(learned)).toEqual({ asAdvised: one.virtual, in1h: { ttl: "1h", touches: one.in1h } });
      }),
    );
  });

  it("changes in one part only when that is set again", () => {
    fc.assert(
      fc.property(told, told, (one, other) => {
        const learned = learnedOf(one);
        setAdvice(learned, other.advice);
        expect(playedOf(learned).in1h.touches).toBe(one.in1h);
        setTouchesIn1h(learned, other.in1h);
        expect(adviceOf(learned)).toBe(other.advice);
        expect(playedOf(learned).in1h.touches).toBe(other.in1h);
        expect([virtualOf(learned), contextOf(learned)]).toEqual([
          one.virtual,
          { gap: one.gap, turn: one.turn },
        ]);
      }),
    );
  });
});

describe("what is played on paper", () => {
  it("is shortened where it is of that TTL, and never made longer", () => {
    fc.assert(
      fc.property(told, ttl, touches, (one, which, most) => {
        const learned = learnedOf(one);
        shortenPlayed(learned, which, most);
        const { asAdvised, in1h } = playedOf(learned);
        expect(asAdvised).toEqual(
          one.virtual.ttl === which
            ? { ttl: which, touches: Math.min(most, one.virtual.touches) }
            : one.virtual,
        );
        expect(in1h.touches).toBe(which === "1h" ? Math.min(most, one.in1h) : one.in1h);
        expect(adviceOf(learned)).toBe(one.advice);
      }),
    );
  });
});
