import { describe, expect, it } from "vitest";
import { Adaptive } from "../../../lib/core/plan/adaptive.ts";
import { BINS } from "../../../lib/core/plan/bins.ts";
import { TURN_CLASSES, TurnEffect, turnClass, UNKNOWN_TURN } from "../../../lib/core/plan/turn-effect.ts";
import type { Turns } from "../../../lib/core/usage/turns.ts";
import { prefix, START, use } from "./ticks.ts";

const OPEN: Turns = { open: 1, over: 0 };
const OVER: Turns = { open: 0, over: 1 };

describe("how turns were left", () => {
  it.each([
    [undefined, UNKNOWN_TURN],
    [{ open: 0, over: 0 }, UNKNOWN_TURN],
    [OPEN, 1],
    [OVER, 2],
    [{ open: 3, over: 1 }, 3],
  ])("is one of four classes: %j", (turns, expected) => {
    expect(turnClass(turns)).toBe(expected);
    expect(turnClass(turns)).toBeLessThan(TURN_CLASSES);
  });
});

describe("the effect of turns", () => {
  it("is none before anything was seen, and never any where nothing is known", () => {
    const effect = new TurnEffect();
    for (let turn = 0; turn < TURN_CLASSES; turn++) {
      for (let bin = 0; bin < BINS; bin++) expect(effect.hazard(turn, bin, 0.2)).toBe(0.2);
    }
    for (let i = 0; i < 100; i++) effect.count(UNKNOWN_TURN, 3, 0.1, 1, true);
    effect.commit();
    expect(effect.hazard(UNKNOWN_TURN, 3, 0.2)).toBe(0.2);
  });

  it("is more where more uses come than were expected, less where less, and holds for its class and bin alone", () => {
    const effect = new TurnEffect();
    for (let i = 0; i < 100; i++) {
      effect.count(1, 3, 0.2, 0.5, i % 2 === 0);
      effect.count(2, 3, 0.5, 1, i % 10 === 0);
    }
    expect(effect.hazard(1, 3, 0.2)).toBe(0.2);
    effect.commit();
    expect(effect.hazard(1, 3, 0.2)).toBeCloseTo((0.2 * (50 + 4)) / (10 + 4), 1);
    expect(effect.hazard(2, 3, 0.2)).toBeCloseTo((0.2 * (10 + 4)) / (50 + 4), 1);
    expect([effect.hazard(1, 4, 0.2), effect.hazard(3, 3, 0.2)]).toEqual([0.2, 0.2]);
  });

  it("of a use that is as good as certain stays bounded, and a part of it is not certain", () => {
    const effect = new TurnEffect();
    expect([3, 4, 1_000].map((all) => effect.hazard(1, 0, all))).toEqual([3, 3, 3]);
    for (let i = 0; i < 50; i++) effect.count(1, 0, 1_000, 1, i === 0);
    effect.commit();
    // Fifty times three uses were expected, and one came.
    expect(effect.hazard(1, 0, 1_000)).toBeCloseTo((3 * (1 + 4)) / (150 + 4), 2);
  });

  it("is kept apart for each class and bin, the first and the last too", () => {
    for (const turn of [1, 2, TURN_CLASSES - 1]) {
      for (const bin of [0, BINS - 1]) {
        const effect = new TurnEffect();
        effect.count(turn, bin, 0.5, 1, true);
        effect.commit();
        for (let otherTurn = 1; otherTurn < TURN_CLASSES; otherTurn++) {
          for (let other = 0; other < BINS; other++) {
            const isThat = otherTurn === turn && other === bin;
            expect(effect.hazard(otherTurn, other, 0.5) > 0.5).toBe(isThat);
          }
        }
      }
    }
  });

  it("is less where a use was expected and none came, counted once", () => {
    const effect = new TurnEffect();
    effect.count(1, 3, 0.5, 1, false);
    effect.commit();
    effect.commit();
    expect(effect.hazard(1, 3, 1)).toBeCloseTo(4 / 4.5, 6);
    effect.count(1, 3, 0, 1, true);
    effect.commit();
    expect(effect.hazard(1, 3, 1)).toBeCloseTo(5 / 4.5, 3);
  });

  it("comes back from the store as it was", () => {
    const [effect, again] = [new TurnEffect(), new TurnEffect()];
    for (let i = 0; i < 9; i++) effect.count(1 + (i % 3), i, 0.4, 0.5, i % 2 === 0);
    effect.commit();
    again.tables().forEach((table, i) => {
      table.set(effect.tables()[i] ?? []);
    });
    for (let turn = 1; turn < TURN_CLASSES; turn++) {
      for (let bin = 0; bin < 9; bin++)
        expect(again.hazard(turn, bin, 0.3)).toBe(effect.hazard(turn, bin, 0.3));
    }
    expect(effect.hazard(1, 0, 0.3)).not.toBe(0.3);
  });

  it("keeps an entry longer while a tool is awaited, and no longer than it pays after a turn's end", () => {
    const policy = new Adaptive({ only5m: true });
    let minute = START;
    // Sessions: open turns go on within ten minutes, a turn that is over is followed by nothing for a day.
    for (let session = 0; session < 60; session++) {
      const state = prefix(policy, false, `session ${session}`);
      for (let call = 0; call < 8; call++) {
        use(state, policy, { minute, wrote: call === 0 ? "5m" : undefined, turns: call < 7 ? OPEN : OVER });
        policy.commit(minute);
        minute += 9;
      }
      policy.idle(state, minute + 1440);
      policy.commit(minute);
      minute += 1440;
    }
    const touchesAfter = (turns: Turns | undefined) => {
      const state = prefix(policy, false, "now");
      for (let call = 0; call < 4; call++) {
        use(state, policy, {
          minute: minute + 9 * call,
          wrote: call === 0 ? "5m" : undefined,
          turns: call < 3 ? OPEN : turns,
        });
      }
      return state.touchesLeft;
    };
    expect(touchesAfter(OPEN)).toBeGreaterThan(touchesAfter(OVER));
    expect(touchesAfter(OVER)).toBe(0);
  });
});
