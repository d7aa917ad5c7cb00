import { describe, expect, it } from "vitest";
import {
  corruption,
  earlyEviction,
  isFailing,
  ttlDowngraded,
  warmerLoop,
} from "../../../lib/core/causes/provider.ts";
import { aWarmState, MINUTE, NOON } from "../samples.ts";
import { aFill, evidenceOf, fills } from "./samples.ts";

const failing = (failed: number, at = NOON) => ({ failures: [{ at, failed }] });

const { provenAt: _never, ...unread } = aWarmState({ name: "loop", fingerprint: "loop" });

/** A prefix that is written so often, in so many ms, and never read. */
function loop(writes: number, apart: number, state = unread) {
  return Array.from({ length: writes }, (_, i) => ({
    ...aFill("loop", { at: NOON + i * apart, reason: i === 0 ? "first" : "again" }),
    state,
  }));
}

describe("touches fail", () => {
  // Each of the writes has a confirming read beside it: 17 writes are 34 touches.
  it.each([
    ["two of few", 1, 2, true],
    ["one, which is a failure of any day", 1, 1, false],
    ["fifteen of a hundred touches", 17, 6, true],
    ["less than that", 18, 6, false],
    ["none", 4, 0, false],
  ])("by %s", (_what, writes, failed, isSo) => {
    expect(isFailing(evidenceOf(fills(writes), failing(failed)))).toBe(isSo);
  });

  it("only from a minute before the first loss on", () => {
    expect(isFailing(evidenceOf(fills(1), failing(9, NOON - MINUTE)))).toBe(true);
    expect(isFailing(evidenceOf(fills(1), failing(9, NOON - MINUTE - 1)))).toBe(false);
  });

  it("without a meaning where nothing was lost", () => {
    expect(isFailing(evidenceOf(fills(4, { reason: "expired" }), failing(9)))).toBe(false);
    expect(isFailing(evidenceOf(fills(4, { reason: "again" }), failing(9)))).toBe(true);
  });

  it("beside writes of before the loss, which are no touches of it", () => {
    const before = fills(40, { at: NOON - 2 * MINUTE, reason: "first" });
    expect(isFailing(evidenceOf([...before, ...fills(1)], failing(2)))).toBe(true);
    const beside = fills(40, { at: NOON - MINUTE, reason: "first" });
    expect(isFailing(evidenceOf([...beside, ...fills(1)], failing(2)))).toBe(false);
  });
});

describe("early eviction", () => {
  it("says which prompts were gone, how often, and what it was of the cost", () => {
    const written = [aFill("a"), aFill("a2", { cost: 3_000, reason: "first" })];
    expect(earlyEviction(evidenceOf(written))).toEqual({
      cause: "early_eviction",
      confidence: 0.21,
      evidence: [
        "1 prompt was proven warm and gone before the TTL was over (a), 25 % of the fill cost",
        "each of them once",
      ],
      next: [
        "warmer status",
        'warmer throttle --max-fills-per-minute 10 --reason "the provider evicts early"',
      ],
    });
  });

  it("counts the writes where one prompt was lost twice", () => {
    const state = aWarmState({ name: "a" });
    const written = [0, 1].map((i) => ({ ...aFill("a", { at: NOON + i }), state }));
    expect(earlyEviction(evidenceOf([...written, aFill("b")]))?.evidence).toEqual([
      "2 prompts were proven warm and gone before the TTL was over (a, b), 100 % of the fill cost",
      "3 writes in all",
    ]);
  });

  it("is less sure while touches fail", () => {
    expect(earlyEviction(evidenceOf(fills(2), failing(2)))?.confidence).toBe(0.6);
  });

  it("is not named where nothing was lost", () => {
    expect(earlyEviction(evidenceOf(fills(3, { reason: "expired" })))).toBeUndefined();
  });
});

describe("corruption", () => {
  it("says how many touches failed beside the writes, and what had to be written again", () => {
    const written = [aFill("a"), aFill("b", { reason: "again" }), aFill("c", { reason: "first", cost: 500 })];
    expect(corruption(evidenceOf(written, failing(4)))).toEqual({
      cause: "corruption",
      confidence: 0.74,
      evidence: [
        "4 touches failed beside 3 writes",
        "a, b had to be written again, 80 % of the fill cost, and the hit rate does not improve",
      ],
      next: ['warmer pause --reason "entries are lost while touches fail"', "warmer doctor"],
    });
  });

  it("counts one write as one", () => {
    expect(corruption(evidenceOf(fills(1), failing(2)))?.evidence[0]).toBe("2 touches failed beside 1 write");
  });

  it("is not named while touches succeed", () => {
    expect(corruption(evidenceOf(fills(4)))).toBeUndefined();
  });
});

describe("a warmer loop", () => {
  it("says what was written how often, at which pace, and what it was of the cost", () => {
    const other = aFill("other", { reason: "first", cost: 1_000 });
    expect(warmerLoop(evidenceOf([...loop(4, 20_000), other]))).toEqual({
      cause: "warmer_loop",
      confidence: 0.76,
      evidence: [
        "the same bytes of loop were written 4 times and never read back, 80 % of the fill cost",
        "at a pace of 3.0 writes a minute",
      ],
      next: [
        'warmer pause --reason "warmer loop"',
        "warmer doctor",
        'warmer resume --prefix loop --reason "the bytes are mended"',
      ],
    });
  });

  it("has no pace where all of it is one instant", () => {
    expect(warmerLoop(evidenceOf(loop(3, 0)))?.evidence).toHaveLength(1);
  });

  it("is less sure while touches fail", () => {
    expect(warmerLoop(evidenceOf(loop(3, 1), failing(3)))?.confidence).toBe(0.75);
  });

  it("says how many prompts are stopped for it", () => {
    const stopped = loop(3, 1, { ...unread, stopped: "warmer_loop" });
    expect(warmerLoop(evidenceOf(stopped))?.evidence.at(-1)).toBe("1 prompt is stopped for it");
    const both = [...stopped, ...loop(3, 1, { ...unread, name: "two", stopped: "warmer_loop" })];
    expect(warmerLoop(evidenceOf(both))?.evidence.at(-1)).toBe("2 prompts are stopped for it");
    const otherwise = loop(3, 1, { ...unread, stopped: "not_cached" });
    expect(warmerLoop(evidenceOf(otherwise))?.evidence).toHaveLength(2);
  });

  it("is not named where every write is read back", () => {
    expect(warmerLoop(evidenceOf(fills(4)))).toBeUndefined();
  });
});

describe("a downgraded TTL", () => {
  const down = (cost: number) => aFill("down", { ttl: "5m", cost }, { ttl: "1h" });

  it("is seen where 5m was written for 1h, and in no other pair", () => {
    for (const [asked, granted] of [
      ["1h", "1h"],
      ["5m", "5m"],
      ["5m", "1h"],
    ] as const)
      expect(ttlDowngraded(evidenceOf(fills(2, { ttl: granted }, { ttl: asked })))).toBeUndefined();
    expect(ttlDowngraded(evidenceOf([down(1_000), aFill("b", { cost: 3_000 })]))).toEqual({
      cause: "ttl_downgraded",
      confidence: 0.62,
      evidence: ["1h was asked for and ephemeral_5m was written for down, 25 % of the fill cost"],
      next: ["warmer status", 'warmer throttle --max-fills-per-minute 10 --reason "the provider grants 5m"'],
    });
  });

  it("is more than likely by any write, and nearly sure by all of them", () => {
    expect(ttlDowngraded(evidenceOf([down(1), aFill("b", { cost: 999 })]))?.confidence).toBe(0.5);
    expect(ttlDowngraded(evidenceOf([down(1_000)]))?.confidence).toBe(0.97);
  });
});
