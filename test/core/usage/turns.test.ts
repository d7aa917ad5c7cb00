import { describe, expect, it } from "vitest";
import { addTurns, NO_TURNS, turnAfter } from "../../../lib/core/usage/turns.ts";

describe("the turn after a reply", () => {
  it.each([
    ["tool_use", "open"],
    ["pause_turn", "open"],
    ["end_turn", "over"],
    ["max_tokens", "over"],
    ["a reason of tomorrow", "over"],
    ["", undefined],
    [null, undefined],
    [undefined, undefined],
    [7, undefined],
  ])("that stopped for %j is %s", (reason, turn) => {
    expect(turnAfter(reason)).toBe(turn);
  });
});

describe("the turns of both", () => {
  const turns = { open: 1, over: 20 };

  it("add up", () => {
    expect(addTurns(turns, { open: 300, over: 4_000 })).toEqual({ open: 301, over: 4_020 });
    expect(addTurns(turns, NO_TURNS)).toEqual(turns);
  });

  it("are those of the one that is known, and unknown of none", () => {
    expect(addTurns(turns, undefined)).toBe(turns);
    expect(addTurns(undefined, turns)).toBe(turns);
    expect(addTurns(undefined, undefined)).toBeUndefined();
  });
});
