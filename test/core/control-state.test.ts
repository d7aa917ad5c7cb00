import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Control, newControl, releaseLease, rememberEvent, takeLease } from "../../lib/core/control.ts";
import {
  forgetRestarts,
  isAllowed,
  type NotAllowed,
  pause,
  pausePrefix,
  restartPrefix,
  resume,
  resumePrefix,
  throttle,
  throttlePrefix,
} from "../../lib/core/control-state.ts";
import { aControl, NOON } from "./samples.ts";

const act = { reason: "all fine", by: "anna", at: NOON + 9 };
const byOperator = { reason: "invoice looks odd", by: "anna", at: NOON, cause: "operator" } as const;
const byAlarm = {
  reason: "Threshold Crossed",
  by: "HourlySpend",
  alarm: "HourlySpend",
  at: NOON + 5,
  cause: "spend_alarm",
} as const;
const slower = { ...byOperator, maxFillsPerMinute: 6, nextSlotAt: NOON };

function allowed(result: Control | NotAllowed): Control {
  if (!isAllowed(result)) throw new Error(result.notAllowed);
  return result;
}

describe("pause and resume", () => {
  it("raise the generation, and the pause is the incident of its generation", () => {
    const paused = pause(aControl(), byOperator);
    expect(paused).toMatchObject({ generation: 2, paused: { ...byOperator, incident: 2 } });
    const resumed = resume(paused, act);
    expect(resumed).toMatchObject({ generation: 3, lastResume: act });
    expect(resumed).not.toHaveProperty("paused");
  });

  it("keep the first reason: that is the one to look into", () => {
    const paused = pause(aControl(), byOperator);
    expect(pause(paused, byAlarm)).toBe(paused);
  });

  it("change nothing where nothing is to be changed, so that nothing is written and nobody is told", () => {
    const control = aControl();
    expect(resume(control, act)).toBe(control);
  });

  it("tell people of both, by the number of the incident", () => {
    const { outbox } = resume(pause(aControl(), byAlarm), act);
    expect(outbox).toMatchObject([
      {
        kind: "paused",
        incident: 2,
        cause: "spend_alarm",
        alarm: "HourlySpend",
        reason: "Threshold Crossed",
      },
      { kind: "resumed", incident: 2, cause: "spend_alarm", reason: "all fine" },
    ]);
  });

  it("leave money, lease and what is served alone", () => {
    const control = aControl({ lease: { owner: "run", until: NOON }, recentEvents: ["e"] });
    const { outbox: _told, lastResume: _act, ...after } = resume(pause(control, byAlarm), act);
    expect(after).toEqual({ ...control, generation: 3 });
  });

  it("keep what anyone may have written short, since the item has a size to keep", () => {
    const long = { ...byAlarm, reason: "x".repeat(100_000), by: "y".repeat(100_000) };
    const paused = pause(aControl(), long);
    expect(JSON.stringify(paused).length).toBeLessThan(2_000);
    const whole = pause(aControl(), { ...byAlarm, reason: "x".repeat(100), by: "y".repeat(80) });
    expect(whole.paused).toMatchObject({ reason: "x".repeat(100), by: "y".repeat(80) });
    const cut = pause(aControl(), { ...byAlarm, reason: `${"x".repeat(99)}€` });
    expect(cut.paused?.reason).toBe("x".repeat(99));
  });
});

describe("throttle", () => {
  it("raises the generation and replaces an earlier throttle: the newest is the one that is meant", () => {
    const once = throttle(aControl(), slower);
    expect(once).toMatchObject({ generation: 2, throttled: { ...slower, incident: 2 } });
    const twice = throttle(once, { ...slower, maxFillsPerMinute: 1 });
    expect(twice).toMatchObject({ generation: 3, throttled: { maxFillsPerMinute: 1, incident: 3 } });
  });

  it("ends with a resume, as a pause on top of it does", () => {
    const both = resume(pause(throttle(aControl(), slower), byAlarm), act);
    expect(both).not.toHaveProperty("throttled");
    expect(both).not.toHaveProperty("paused");
  });
});

describe("one prefix", () => {
  it("is paused, throttled and resumed by name, each with its generation and a notice of its own", () => {
    const paused = allowed(pausePrefix(aControl(), "support", byOperator));
    const throttled = allowed(throttlePrefix(paused, "triage", slower));
    expect(throttled).toMatchObject({
      generation: 3,
      prefixes: { support: { paused: { incident: 2 } }, triage: { throttled: { incident: 3 } } },
    });
    const resumed = allowed(resumePrefix(throttled, "support", act));
    expect(resumed.generation).toBe(4);
    expect(Object.keys(resumed.prefixes ?? {})).toEqual(["triage"]);
    expect(resumed.outbox?.map(({ kind, prefix, incident }) => [kind, prefix, incident])).toEqual([
      ["paused", "support", 2],
      ["throttled", "triage", 3],
      ["resumed", "support", 2],
    ]);
    expect(resumed).not.toHaveProperty("paused");
  });

  it("that is paused keeps its first reason, and is throttled instead if that is asked for", () => {
    const paused = allowed(pausePrefix(aControl(), "support", byOperator));
    expect(pausePrefix(paused, "support", byAlarm)).toBe(paused);
    const throttled = allowed(throttlePrefix(paused, "support", slower)).prefixes?.["support"];
    expect(throttled).toMatchObject({ throttled: { maxFillsPerMinute: 6 } });
    expect(throttled).not.toHaveProperty("paused");
  });

  it("is not resumed if it was neither paused nor throttled: the name may be wrong", () => {
    expect(resumePrefix(pause(aControl(), byOperator), "support", act)).toEqual({
      notAllowed: expect.stringContaining("support"),
    });
    expect(isAllowed(resumePrefix(aControl(), "constructor", act))).toBe(false);
  });

  it("is one of three at most: with more, the warmer itself is to be paused", () => {
    let control = aControl();
    for (let i = 0; i < 3; i++) control = allowed(pausePrefix(control, `p${i}`, byOperator));
    expect(pausePrefix(control, "p4", byOperator)).toEqual({ notAllowed: expect.stringContaining("pause") });
    expect(throttlePrefix(control, "p4", slower)).toEqual({ notAllowed: expect.stringContaining("pause") });
    expect(isAllowed(throttlePrefix(control, "p2", slower))).toBe(true);
    const again = allowed(resumePrefix(control, "p0", act));
    expect(isAllowed(pausePrefix(again, "p4", byOperator))).toBe(true);
  });
});

describe("the generation", () => {
  const change = fc.constantFrom<(control: Control) => Control | NotAllowed>(
    (control) => pause(control, byOperator),
    (control) => pause(control, byAlarm),
    (control) => throttle(control, slower),
    (control) => resume(control, act),
    (control) => pausePrefix(control, "a", byOperator),
    (control) => throttlePrefix(control, "b", slower),
    (control) => resumePrefix(control, "a", act),
    (control) => takeLease(control, { owner: "x", until: NOON + 1 }, NOON) ?? control,
    (control) => takeLease(control, { owner: "y", until: NOON + 1 }, NOON) ?? control,
    (control) => releaseLease(control, "x"),
    (control) => rememberEvent(control, "e"),
  );

  it("only rises, by one, exactly when the control state changes, and each change is announced", () => {
    fc.assert(
      fc.property(fc.array(change, { maxLength: 40 }), (changes) => {
        let control = newControl(NOON);
        for (const apply of changes) {
          const next = apply(control);
          if (!isAllowed(next)) continue;
          const stateOf = ({ paused, throttled, prefixes }: Control) =>
            JSON.stringify([paused, throttled, prefixes ?? {}]);
          const isChanged = stateOf(next) !== stateOf(control);
          expect(next.generation - control.generation).toBe(isChanged ? 1 : 0);
          if (isChanged) expect(next.outbox).not.toEqual(control.outbox);
          control = next;
        }
      }),
    );
  });
});

describe("what people are told", () => {
  const money = { hourSpent: 0, daySpent: 0 };

  it("of a throttle has no slot in it, and names who, why and the incident", () => {
    const { maxFillsPerMinute: _limit, nextSlotAt: _slot, ...notice } = slower;
    expect(throttle(aControl(), slower).outbox).toEqual([
      { ...notice, ...money, incident: 2, kind: "throttled" },
    ]);
    expect(allowed(throttlePrefix(aControl(), "support", slower)).outbox).toEqual([
      { ...notice, ...money, incident: 2, kind: "throttled", prefix: "support" },
    ]);
  });

  it("of a pause and a throttle that end together are two incidents, each closed", () => {
    const both = pause(throttle(aControl(), slower), byAlarm);
    expect(resume(both, act).outbox?.slice(-2)).toEqual([
      { ...act, ...money, incident: 3, kind: "resumed", cause: "spend_alarm" },
      { ...act, ...money, incident: 2, kind: "resumed", cause: "operator" },
    ]);
  });

  it("of a prefix that is resumed names its own incident and cause", () => {
    const throttled = allowed(throttlePrefix(aControl(), "support", slower));
    expect(allowed(resumePrefix(throttled, "support", act)).outbox?.at(-1)).toEqual({
      ...act,
      ...money,
      incident: 2,
      kind: "resumed",
      cause: "operator",
      prefix: "support",
    });
  });
});

describe("a request that is not allowed", () => {
  it("says what to do instead", () => {
    let full = aControl();
    for (let i = 0; i < 3; i++) full = allowed(pausePrefix(full, `p${i}`, byOperator));
    const refusal = { notAllowed: "3 prefixes are paused or throttled already; pause the warmer instead" };
    expect(pausePrefix(full, "p3", byOperator)).toEqual(refusal);
    expect(restartPrefix(full, "p3", act)).toEqual(refusal);
    expect(resumePrefix(aControl(), "support", act)).toEqual({
      notAllowed: "support is neither paused nor throttled by itself",
    });
  });
});

describe("a restart", () => {
  const asked = allowed(restartPrefix(aControl(), "support", act));

  it("is remembered by name with its time, and who asked; a new generation, and no notice", () => {
    expect(asked).toEqual({
      ...aControl(),
      generation: 2,
      prefixes: { support: { restartedAt: act.at } },
      lastResume: act,
    });
  });

  it("leaves the prefix's own pause as it is", () => {
    const paused = allowed(pausePrefix(aControl(), "support", byOperator));
    const both = allowed(restartPrefix(paused, "support", act)).prefixes?.["support"];
    expect(both).toMatchObject({ paused: { incident: 2 }, restartedAt: act.at });
  });

  it.each([
    [act.at - 1, true],
    [act.at, true],
    [act.at + 1, false],
  ])("is forgotten by a run that began after it (%i)", (before, kept) => {
    const after = forgetRestarts(asked, before);
    if (kept) expect(after).toBe(asked);
    else expect(after).toEqual({ ...asked, prefixes: {} });
  });

  it("is forgotten alone: what else holds for prefixes goes on", () => {
    const paused = allowed(pausePrefix(aControl(), "paused", byOperator));
    const both = allowed(restartPrefix(paused, "paused", act));
    const later = allowed(restartPrefix(both, "later", { ...act, at: act.at + 5 }));
    const after = forgetRestarts(later, act.at + 5);
    expect(after.prefixes).toEqual({
      paused: { paused: paused.prefixes?.["paused"]?.paused },
      later: { restartedAt: act.at + 5 },
    });
  });

  it("that nobody asked for is nothing to forget", () => {
    const paused = allowed(pausePrefix(aControl(), "support", byOperator));
    expect(forgetRestarts(paused, NOON)).toBe(paused);
    expect(forgetRestarts(aControl(), NOON).prefixes).toBeUndefined();
  });
});
