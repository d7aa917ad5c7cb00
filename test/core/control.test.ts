import { describe, expect, it } from "vitest";
import { newControl, releaseLease, rememberEvent, takeLease } from "../../lib/core/control.ts";
import { emptyLedger } from "../../lib/core/ledger.ts";
import { aControl, NOON } from "./samples.ts";

describe("newControl", () => {
  it("has spent nothing, serves nothing, and is not paused", () => {
    expect(newControl(NOON)).toEqual({
      createdAt: NOON,
      generation: 1,
      ledger: emptyLedger(NOON),
      recentEvents: [],
    });
  });
});

describe("the lease", () => {
  const mine = { owner: "me", until: NOON + 120_000 };
  const held = aControl({ lease: { owner: "other", until: NOON + 60_000 } });

  it.each([
    ["free", aControl(), NOON, true],
    ["another run's", held, NOON + 59_999, false],
    ["that of a run that died, and over", held, NOON + 60_000, true],
    ["one's own already", aControl({ lease: { owner: "me", until: NOON + 1 } }), NOON, true],
  ])("that is %s can be taken or not", (_what, control, now, taken) => {
    expect(takeLease(control, mine, now)?.lease).toEqual(taken ? mine : undefined);
  });

  it("is given back by its owner only", () => {
    expect(releaseLease(held, "other")).not.toHaveProperty("lease");
    expect(releaseLease(held, "me")).toBe(held);
    expect(releaseLease(aControl(), "me")).toEqual(aControl());
  });

  it("changes no control state: the generation stays", () => {
    expect(takeLease(aControl(), mine, NOON)?.generation).toBe(1);
    expect(releaseLease(held, "other").generation).toBe(1);
  });
});

describe("rememberEvent", () => {
  it("keeps the last eight, newest last", () => {
    let control = aControl();
    for (let i = 1; i <= 9; i++) control = rememberEvent(control, `e${i}`);
    expect(control.recentEvents).toEqual(["e2", "e3", "e4", "e5", "e6", "e7", "e8", "e9"]);
  });
});
