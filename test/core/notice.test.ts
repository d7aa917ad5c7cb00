import { describe, expect, it } from "vitest";
import { announce, delivered } from "../../lib/core/notice.ts";
import { aControl, NOON } from "./samples.ts";

const notice = (incident: number) => ({
  incident,
  kind: "paused" as const,
  cause: "operator" as const,
  reason: "r",
  by: "anna",
  at: NOON,
});

describe("announce", () => {
  it("says how much was spent at that moment", () => {
    const { ledger } = aControl();
    const control = aControl({
      ledger: { ...ledger, hour: { ...ledger.hour, spent: 5 }, day: { ...ledger.day, spent: 50 } },
    });
    expect(announce(control, notice(1)).outbox).toEqual([{ ...notice(1), hourSpent: 5, daySpent: 50 }]);
  });

  it("keeps the newest three: what does not fit is older news than what does", () => {
    let control = aControl();
    for (let incident = 1; incident <= 8; incident++) control = announce(control, notice(incident));
    expect(control.outbox?.map(({ incident }) => incident)).toEqual([6, 7, 8]);
  });
});

describe("delivered", () => {
  const two = announce(announce(aControl(), notice(1)), notice(2));

  it("takes out what was sent, and leaves what came meanwhile", () => {
    const later = announce(two, notice(3));
    expect(delivered(later, two.outbox ?? []).outbox?.map(({ incident }) => incident)).toEqual([3]);
  });

  it("tells one incident's notices apart by kind, time and prefix", () => {
    const [first] = two.outbox ?? [];
    if (first === undefined) throw new Error("unreachable");
    for (const other of [
      { kind: "resumed" as const },
      { at: NOON + 1 },
      { prefix: "support" },
      { incident: 9 },
    ]) {
      expect(delivered(two, [{ ...first, ...other }])).toBe(two);
    }
  });

  it("changes nothing a second time, so that nothing is written", () => {
    const once = delivered(two, two.outbox ?? []);
    expect(once.outbox).toEqual([]);
    expect(delivered(once, two.outbox ?? [])).toBe(once);
    const never = aControl();
    expect(delivered(never, two.outbox ?? [])).toBe(never);
  });
});
