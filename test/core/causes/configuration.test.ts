import { describe, expect, it } from "vitest";
import { configurationError } from "../../../lib/core/causes/configuration.ts";
import { MINUTE, NOON } from "../samples.ts";
import { aFill, anEvent, evidenceOf, fills, NOW } from "./samples.ts";

const NEXT = ["warmer check", 'warmer pause --reason "configuration error"'];

const sure = (...[written, fields]: Parameters<typeof evidenceOf>) =>
  configurationError(evidenceOf(written, fields))?.confidence ?? 0;

describe("a change of the configuration", () => {
  it("says which prompts that were stable had to be filled again since", () => {
    const written = [aFill("a"), aFill("new", { reason: "first", cost: 3_000 })];
    expect(configurationError(evidenceOf(written, { deployedAt: NOON }))).toEqual({
      cause: "configuration_error",
      confidence: 0.23,
      evidence: ["1 prompt that was stable had to be filled again since (a), 25 % of the fill cost"],
      next: NEXT,
    });
    expect(configurationError(evidenceOf(fills(2), { deployedAt: NOON }))).toMatchObject({
      confidence: 0.93,
      evidence: ["2 prompts that were stable had to be filled again since (p0, p1), 100 % of the fill cost"],
    });
  });

  it.each(["configuration", "stack-update"] as const)("is known by its mark of the kind %s too", (kind) => {
    const found = configurationError(evidenceOf(fills(2), { events: [anEvent(kind, NOON - MINUTE)] }));
    expect(found?.confidence).toBe(0.93);
    expect(found?.evidence.at(-1)).toMatch(
      /^a (change of the configuration|stack update) started 2 minutes before$/,
    );
  });

  it("is no mark of another kind", () => {
    expect(sure(fills(2), { events: [anEvent("deploy", NOON)] })).toBe(0);
  });

  it("matters for 65 minutes", () => {
    const hourly = fills(2, { ttl: "1h", reason: "expired" }, { ttl: "1h" });
    expect(sure(hourly, { deployedAt: NOW - 65 * MINUTE })).toBe(0.93);
    expect(sure(hourly, { deployedAt: NOW - 65 * MINUTE - 1 })).toBe(0);
  });

  it("is the newer of what is deployed and what is marked", () => {
    const events = [anEvent("configuration", NOON - 20 * MINUTE)];
    expect(sure(fills(2), { events })).toBe(0);
    expect(sure(fills(2), { events, deployedAt: NOON })).toBe(0.93);
  });
});

describe("writes that a change explains", () => {
  it("come with the first touch after it: a TTL and two minutes", () => {
    const changedBefore = (minutes: number, ttl: "5m" | "1h") =>
      sure(fills(2, { ttl }, { ttl }), { deployedAt: NOON - minutes * MINUTE });
    expect([changedBefore(7, "5m"), changedBefore(8, "5m")]).toEqual([0.93, 0]);
    expect([changedBefore(62, "1h"), changedBefore(63, "1h")]).toEqual([0.93, 0]);
  });

  it("come within three TTLs where the entry ran out", () => {
    const late = (ms: number) => sure(fills(2, { reason: "expired" }), { deployedAt: NOON - ms });
    expect([late(17 * MINUTE), late(17 * MINUTE + 1)]).toEqual([0.93, 0]);
  });

  it("may be up to three minutes older: the monitor sees a change late", () => {
    const early = (ms: number) => sure([aFill("a", { at: NOON - ms })], { deployedAt: NOON });
    expect([early(3 * MINUTE), early(3 * MINUTE + 1)]).toEqual([0.93, 0]);
  });

  it("are none where one was lost before, though the others came after", () => {
    expect(sure([aFill("a", { at: NOON - 4 * MINUTE }), ...fills(2)], { deployedAt: NOON })).toBe(0);
  });

  it("are those of the prompts whose first write came with it", () => {
    const [early] = fills(1);
    if (early === undefined) throw new Error("unreachable");
    const later = { ...early, at: NOON + 20 * MINUTE };
    const written = [early, aFill("late", { at: NOON + 20 * MINUTE, cost: 2_000 }), later];
    expect(configurationError(evidenceOf(written, { deployedAt: NOON }))).toMatchObject({
      confidence: 0.47,
      evidence: [expect.stringContaining("(p0), 50 % of the fill cost")],
    });
  });

  it("are no entries that ran out while the warmer was paused or the provider away", () => {
    const late = fills(2, { reason: "expired" });
    const failures = [3, 2, 1].map((ago) => ({ at: NOON - ago * MINUTE, failed: 4 }));
    expect(sure(late, { deployedAt: NOON })).toBe(0.93);
    expect(sure(late, { deployedAt: NOON, resumedAt: NOON })).toBe(0);
    expect(sure(late, { deployedAt: NOON, failures })).toBe(0);
  });
});

describe("a broader scope", () => {
  const wider = (served: number, fields: Parameters<typeof evidenceOf>[1] = {}) =>
    configurationError(evidenceOf(fills(served, { reason: "first" }), { expectedPrefixes: 4, ...fields }));

  it("begins above five quarters of the expected prompts", () => {
    expect(wider(5)).toBeUndefined();
    expect(wider(6)).toEqual({
      cause: "configuration_error",
      confidence: 0.8,
      evidence: [
        "6 prompts are served where the configuration expects 4; new ones are 100 % of the fill cost",
      ],
      next: NEXT,
    });
  });

  it("is surer right after a change", () => {
    expect(wider(6, { deployedAt: NOON })?.confidence).toBe(0.93);
  });

  it("is made of new names alone: other bytes under known ones are a release", () => {
    const { model } = aFill("a").state;
    const changed = fills(6, { reason: "first" }, { before: { model } });
    expect(sure(changed, { expectedPrefixes: 4 })).toBe(0);
    expect(sure(fills(6), { expectedPrefixes: 4 })).toBe(0);
  });
});

describe("no change", () => {
  it("explains nothing", () => {
    expect(configurationError(evidenceOf(fills(4)))).toBeUndefined();
  });
});
