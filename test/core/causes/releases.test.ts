import { describe, expect, it } from "vitest";
import {
  largeManifestChange,
  modelChange,
  onboarding,
  periodOf,
  scheduledRefresh,
} from "../../../lib/core/causes/releases.ts";
import { aWarmState, MINUTE, NOON } from "../samples.ts";
import { aFill, anEvent, evidenceOf, fills, NOW } from "./samples.ts";

const FIRST = { reason: "first" } as const;
const { model } = aWarmState();
const CHANGED = { before: { model } };
const MOVED = { before: { model: "claude-opus-4-7" } };
const markOf = (kind: string) =>
  `warmer mark ${kind} --from -20m --to +1h --expected-cost 0.01 --note "what it is"`;

/** A quarter of the cost, whatever it is; the rest is an entry that was lost. */
const quarter = (fill: ReturnType<typeof aFill>) => [fill, aFill("other", { cost: 3_000 })];

describe("an onboarding", () => {
  it("says which prompts are new, and what announces it afterwards", () => {
    expect(onboarding(evidenceOf(quarter(aFill("new", FIRST))))).toEqual({
      cause: "onboarding",
      confidence: 0.23,
      evidence: ["1 prompt was served for the first time (new), 25 % of the fill cost"],
      next: ["warmer status", markOf("onboarding")],
    });
    expect(onboarding(evidenceOf(fills(2, FIRST)))?.evidence).toEqual([
      "2 prompts were served for the first time (p0, p1), 100 % of the fill cost",
    ]);
  });

  it("is surer where it was announced, and less sure where more is served than expected", () => {
    const sure = (fields: Parameters<typeof evidenceOf>[1]) =>
      onboarding(evidenceOf(fills(4, FIRST), fields))?.confidence;
    const events = [anEvent("onboarding", NOON)];
    expect([sure({}), sure({ events })]).toEqual([0.9, 0.95]);
    expect([sure({ expectedPrefixes: 3 }), sure({ expectedPrefixes: 3, events })]).toEqual([0.65, 0.7]);
  });

  it("names its mark, and else the release that brought it", () => {
    const told = (...kinds: readonly ("onboarding" | "publish" | "deploy" | "flip")[]) =>
      onboarding(
        evidenceOf(fills(1, FIRST), { events: kinds.map((kind) => anEvent(kind, NOW - 2 * MINUTE)) }),
      )?.evidence.slice(1);
    expect(told("onboarding", "publish")).toEqual(["an onboarding started 2 minutes before"]);
    expect(told("publish")).toEqual(["a release started 2 minutes before"]);
    expect(told("deploy")).toEqual(["a deploy started 2 minutes before"]);
    expect(told("flip")).toEqual([]);
  });

  it("is none where bytes replaced others, or were written before", () => {
    expect(onboarding(evidenceOf(fills(4, FIRST, CHANGED)))).toBeUndefined();
    expect(onboarding(evidenceOf(fills(4)))).toBeUndefined();
  });
});

describe("a large change of the manifest", () => {
  it("says which prompts have other bytes", () => {
    expect(largeManifestChange(evidenceOf(quarter(aFill("new", FIRST, CHANGED))))).toEqual({
      cause: "large_manifest_change",
      confidence: 0.23,
      evidence: ["1 prompt has other bytes than before (new), 25 % of the fill cost"],
      next: ["warmer status", markOf("large-merge")],
    });
    expect(largeManifestChange(evidenceOf(fills(2, FIRST, CHANGED)))?.evidence[0]).toMatch(
      /^2 prompts have other bytes than before \(p0, p1\), 100 %/,
    );
  });

  it.each([
    ["large-merge", ["a large merge started 1 minute before"]],
    ["publish", ["a release started 1 minute before"]],
    ["deploy", ["a deploy started 1 minute before"]],
    ["flip", ["a flip started 1 minute before"]],
    ["gate", ["a gate started 1 minute before"]],
    ["onboarding", []],
  ] as const)("beside an event of the kind %s tells %j", (kind, told) => {
    const evidence = evidenceOf(fills(1, FIRST, CHANGED), { events: [anEvent(kind, NOON)] });
    expect(largeManifestChange(evidence)?.evidence.slice(1)).toEqual(told);
  });

  it("is none where the model is another one, or the name is new, or the bytes are not", () => {
    expect(largeManifestChange(evidenceOf(fills(4, FIRST, MOVED)))).toBeUndefined();
    expect(largeManifestChange(evidenceOf(fills(4, FIRST)))).toBeUndefined();
    expect(largeManifestChange(evidenceOf(fills(4, {}, CHANGED)))).toBeUndefined();
  });
});

describe("a scheduled refresh", () => {
  const changedAt = [NOON - 60 * MINUTE, NOON - 30 * MINUTE, NOON];
  const regular = { ...CHANGED, changedAt };
  const events = [anEvent("scheduled-refresh", NOON)];

  it("says how often the prompts change", () => {
    expect(scheduledRefresh(evidenceOf(quarter(aFill("news", FIRST, regular))))).toEqual({
      cause: "scheduled_refresh",
      confidence: 0.24,
      evidence: ["news changed every 30 minutes, the last 3 times", "25 % of the fill cost"],
      next: ["warmer status", markOf("scheduled-refresh")],
    });
  });

  it("that was announced holds for all that changed, regular or not", () => {
    const written = [aFill("a", FIRST, regular), aFill("b", FIRST, CHANGED)];
    expect(scheduledRefresh(evidenceOf(written))?.confidence).toBe(0.48);
    expect(scheduledRefresh(evidenceOf(written, { events }))).toMatchObject({
      confidence: 0.95,
      evidence: [
        "a changed every 30 minutes, the last 3 times",
        "a scheduled refresh started 1 minute before",
        "100 % of the fill cost",
      ],
    });
    expect(scheduledRefresh(evidenceOf(fills(1, FIRST, CHANGED), { events }))?.evidence).toHaveLength(2);
  });

  it("is none of prompts that are new, that are the same, or that change at any time", () => {
    expect(scheduledRefresh(evidenceOf(fills(4, FIRST, { changedAt }), { events }))).toBeUndefined();
    expect(scheduledRefresh(evidenceOf(fills(4, {}, regular), { events }))).toBeUndefined();
    expect(scheduledRefresh(evidenceOf(fills(4, FIRST, CHANGED)))).toBeUndefined();
  });
});

describe("the time between changes", () => {
  const at = (...minutes: number[]) => periodOf(minutes.map((minute) => minute * MINUTE));

  it("is known from three of them on, ten minutes apart at least", () => {
    expect([at(), at(0), at(0, 30)]).toEqual([undefined, undefined, undefined]);
    expect(at(0, 10, 20)).toBe(10 * MINUTE);
    expect(periodOf([0, 10 * MINUTE - 1, 20 * MINUTE])).toBeUndefined();
  });

  it("may be two minutes longer or shorter than the last one, and no more", () => {
    const last = (gap: number) => periodOf([0, gap, gap + 30 * MINUTE]);
    expect([28, 32].map((gap) => last(gap * MINUTE))).toEqual([30 * MINUTE, 30 * MINUTE]);
    expect(last(28 * MINUTE - 1)).toBeUndefined();
    expect(last(32 * MINUTE + 1)).toBeUndefined();
  });
});

describe("a change of model", () => {
  it("says from which to which model the prompts moved", () => {
    expect(modelChange(evidenceOf(quarter(aFill("a", FIRST, MOVED))))).toEqual({
      cause: "model_change",
      confidence: 0.24,
      evidence: [`1 prompt moved from claude-opus-4-7 to ${model} (a), 25 % of the fill cost`],
      next: ["warmer throttle --max-fills-per-minute 10", markOf("model-change")],
    });
    expect(modelChange(evidenceOf(fills(2, FIRST, MOVED)))?.evidence[0]).toMatch(/^2 prompts moved/);
  });

  it.each([
    ["model-change", ["a change of model started 1 minute before"]],
    ["publish", ["a release started 1 minute before"]],
    ["flip", ["a flip started 1 minute before"]],
    ["deploy", []],
  ] as const)("beside an event of the kind %s tells %j", (kind, told) => {
    const evidence = evidenceOf(fills(1, FIRST, MOVED), { events: [anEvent(kind, NOON)] });
    expect(modelChange(evidence)?.evidence.slice(1)).toEqual(told);
  });

  it("is none of bytes of the same model, of new names, or of bytes of before", () => {
    expect(modelChange(evidenceOf(fills(4, FIRST, CHANGED)))).toBeUndefined();
    expect(modelChange(evidenceOf(fills(4, FIRST)))).toBeUndefined();
    expect(modelChange(evidenceOf(fills(4, {}, MOVED)))).toBeUndefined();
  });
});
