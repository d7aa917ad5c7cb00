import { describe, expect, it } from "vitest";
import {
  fillsOf,
  historyAfter,
  latestByName,
  PACKED_FILL,
  rememberFill,
} from "../../../lib/core/fill-cost/fill-mark.ts";
import { parsePrefixState } from "../../../lib/core/prefix-item.ts";
import { adopt } from "../../../lib/core/prefix-state.ts";
import { reconcile } from "../../../lib/core/reconcile.ts";
import { aFilledState, anEntry, aWarmState, MINUTE, NOON } from "../samples.ts";

const FIVE = 5 * MINUTE;
const FILL = { at: NOON + MINUTE, ttl: "5m", tokens: 10_000, cost: 62_500 } as const;

describe("a write is remembered with its reason", () => {
  const never = adopt(anEntry(), undefined, NOON);

  it.each([
    ["first", "of bytes that were never written", never, NOON],
    ["gone", "of an entry that a read had proven", aWarmState(), NOON + FIVE - 1],
    ["expired", "at the moment when its TTL is over", aWarmState(), NOON + FIVE],
    ["again", "of an entry that was never read back", aFilledState(), NOON + FIVE - 1],
    ["expired", "of one that was never read back, and whose TTL is over", aFilledState(), NOON + FIVE],
  ] as const)("%s: %s", (reason, _what, before, at) => {
    const next = rememberFill(before, before, { ...FILL, at });
    expect(fillsOf(next)).toEqual([{ ...FILL, at, reason }]);
  });

  it("and a touch that wrote nothing is not remembered", () => {
    const state = aWarmState();
    expect(rememberFill(state, state, { ...FILL, ttl: undefined })).toBe(state);
  });

  it("up to four of them, the oldest giving way", () => {
    let state = aWarmState();
    for (let i = 0; i < 6; i++) state = rememberFill(state, state, { ...FILL, at: NOON + i });
    expect(fillsOf(state).map(({ at }) => at - NOON)).toEqual([2, 3, 4, 5]);
  });

  it("in a form that the table gives back, and no other form is read", () => {
    const state = rememberFill(aWarmState(), aWarmState(), { ...FILL, at: NOON + 0.5 });
    expect(parsePrefixState(JSON.parse(JSON.stringify(state)))).toEqual(state);
    expect(parsePrefixState({ ...state, recentFills: ["yesterday"] })).toMatch(/^recentFills\.0 /);
    expect(state.recentFills?.[0]).toMatch(PACKED_FILL);
  });
});

describe("bytes that take the place of others", () => {
  const filled = rememberFill(aWarmState(), aWarmState(), FILL);

  it("know the model, the last write and the instants of change of what they replace", () => {
    const history = historyAfter({ ...filled, changedAt: [NOON] }, NOON + FIVE);
    expect(history).toEqual({
      changedAt: [NOON, NOON + FIVE],
      before: { model: filled.model, fill: filled.recentFills?.[0] },
    });
  });

  it("keep the last write of what was replaced before it was written", () => {
    const once = { ...aWarmState(), ...historyAfter(filled, NOON) };
    expect(historyAfter(once, NOON + FIVE).before?.fill).toBe(filled.recentFills?.[0]);
  });

  it("know four changes at most, and without a predecessor one", () => {
    expect(historyAfter(undefined, NOON)).toEqual({ changedAt: [NOON] });
    const changedAt = [1, 2, 3, 4];
    expect(historyAfter({ ...filled, changedAt }, 5).changedAt).toEqual([2, 3, 4, 5]);
  });

  it("are told of by the newest of several that bore the name", () => {
    const older = aWarmState({ fingerprint: "a".repeat(64), lastStart: NOON - MINUTE });
    expect(latestByName([aWarmState(), older]).get("support")?.lastStart).toBe(NOON);
  });

  it("get this history from the release that brings them, and what was known keeps its own", () => {
    const entry = { ...anEntry(), fingerprint: "b".repeat(64) };
    const [fresh] = reconcile([filled], [entry], [], NOON + FIVE, true);
    expect(fresh).toMatchObject({ changedAt: [NOON + FIVE], before: { model: filled.model } });
    const [known] = reconcile([filled], [anEntry()], [], NOON + MINUTE, true);
    expect(known?.recentFills).toEqual(filled.recentFills);
    expect(known).not.toHaveProperty("before");
  });
});
