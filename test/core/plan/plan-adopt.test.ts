import { describe, expect, it } from "vitest";
import { expiresAt, NEVER } from "../../../lib/core/due.ts";
import type { ManifestEntry } from "../../../lib/core/manifest.ts";
import { adoptPlans, candidateEntries } from "../../../lib/core/plan/plan-adopt.ts";
import { isPlanned } from "../../../lib/core/plan/plan-prefix.ts";
import { policyNamed } from "../../../lib/core/plan/policies.ts";
import type { Policy } from "../../../lib/core/plan/policy.ts";
import { mostKeepAlives } from "../../../lib/core/plan/tariff.ts";
import type { PrefixState } from "../../../lib/core/prefix-state.ts";
import { reconcile } from "../../../lib/core/reconcile.ts";
import { anEntry, aWarmState, HOUR, MINUTE, NOON } from "../samples.ts";
import { ALWAYS, anOptional, NOON_MINUTE, planOf, used } from "./optional.ts";

/** When the other manifest begins to serve: two hours after the samples' noon, when nothing of them is alive. */
const LATER = NOON + 2 * HOUR;

const optional = (fields: Partial<ManifestEntry> = {}) => anEntry({ ttl: "1h", required: false, ...fields });

/** What a flip to `live` makes of the prefixes. */
function afterFlip(
  known: readonly PrefixState[],
  live: readonly ManifestEntry[],
  { policy = ALWAYS, now = LATER }: { readonly policy?: Policy; readonly now?: number } = {},
) {
  const states = adoptPlans(reconcile(known, live, [], now, false), known, policy, now);
  const find = (fingerprint: string) => {
    const state = states.find((one) => one.fingerprint === fingerprint);
    if (state === undefined) throw new Error(`${fingerprint} is not there`);
    return state;
  };
  return { states, find };
}

const v1 = anOptional({ fingerprint: "v1" });
const v2 = optional({ fingerprint: "v2" });

describe("adopting a manifest's prefixes", () => {
  it("leaves those alone that are required, beside the live color, stopped, or served no longer", () => {
    const known = [
      aWarmState({ fingerprint: "required" }),
      anOptional({ fingerprint: "beside", beside: true }),
      anOptional({ fingerprint: "stopped", stopped: "not_cached" }),
      anOptional({ fingerprint: "left", dueAt: NEVER }),
    ];
    expect(adoptPlans(known, known, ALWAYS, LATER)).toEqual(known);
  });

  it("wants nothing of a prefix whose model has no price", () => {
    const { find } = afterFlip([], [optional({ fingerprint: "v1", model: "claude-unpriced" })]);
    expect(find("v1")).toMatchObject({ dueAt: NEVER, passed: "not_worth_it" });
    expect(find("v1")).not.toHaveProperty("plan");
  });

  it("goes on with the plan of one that was served before", () => {
    const before = used(v1, { minute: NOON_MINUTE + 100 });
    const after = afterFlip([before], [optional({ fingerprint: "v1" })]).find("v1");
    expect(planOf(after)).toEqual(planOf(before));
    expect(after.dueAt).toBe(before.dueAt);
    expect(after.dueAt).toBeGreaterThan(LATER);
  });

  it("leaves one alone that replaces nothing: it is looked at when it is used", () => {
    const after = afterFlip([], [v2]).find("v2");
    expect(after).toMatchObject({ dueAt: NEVER, passed: "not_worth_it" });
    expect(planOf(after)).toMatchObject({ requests: 0, lastStart: 0, tokens: 10_000, retired: false });
  });

  it("has one that replaces nothing due at once where a clock decides", () => {
    expect(afterFlip([], [v2], { policy: policyNamed("cron(4m)") }).find("v2").dueAt).toBe(LATER);
  });
});

describe("a prefix that takes the place of another of its name", () => {
  const before = used(used(v1, { requests: 7 }), { minute: NOON_MINUTE + 5, tokens: 4_000 });

  it("inherits what is known of its traffic, and is due at once if nothing of it is in the cache", () => {
    const after = afterFlip([before], [v2]).find("v2");
    expect(planOf(after)).toMatchObject({
      requests: 8,
      born: NOON_MINUTE,
      lastUse: NOON_MINUTE + 5,
      lastStart: 0,
      tokens: 10_000,
      retired: false,
    });
    expect(after.dueAt).toBe(LATER);
  });

  it("ends the other one, and keeps what was learned of it", () => {
    const old = afterFlip([before], [v2]).find("v1");
    expect(planOf(old)).toMatchObject({ requests: 8, retired: true, touchesLeft: 0 });
    expect(isPlanned(old)).toBe(false);
    expect(old.dueAt).toBe(NEVER);
  });

  it("inherits nothing from one that was never used, and ends that too", () => {
    const { find } = afterFlip([v1], [v2]);
    expect(planOf(find("v2"))).toMatchObject({ requests: 0 });
    expect(find("v2").dueAt).toBe(NEVER);
    expect(planOf(find("v1")).retired).toBe(true);
    const filled = anOptional({ fingerprint: "v0", lastStart: NOON, grantedTtl: "1h" });
    const kept = afterFlip([filled], [optional({ fingerprint: "v0" })], { now: NOON + MINUTE }).find("v0");
    expect(planOf(afterFlip([kept], [v2]).find("v2"))).toEqual(planOf(find("v2")));
  });

  it("inherits nothing from one of another name, or from a required one", () => {
    const others = [
      used(anOptional({ name: "other", fingerprint: "v1" })),
      aWarmState({ fingerprint: "v0" }),
    ];
    const { find } = afterFlip(others, [v2]);
    expect(planOf(find("v2"))).toMatchObject({ requests: 0 });
    expect(planOf(find("v1")).retired).toBe(false);
  });

  it("begins anew where the other one's model has no price", () => {
    const unpriced = anOptional({ fingerprint: "v1", model: "claude-unpriced" });
    expect(planOf(afterFlip([unpriced], [v2]).find("v2"))).toMatchObject({ requests: 0 });
  });

  it("does not end one that is still served, by another name", () => {
    // Nothing is wanted of it until it is used again: of that the planner must still be told.
    const quiet = used(v1, {}, policyNamed("off"));
    expect(quiet.dueAt).toBe(NEVER);
    const { find } = afterFlip([quiet], [v2, optional({ name: "renamed", fingerprint: "v1" })], {
      policy: policyNamed("off"),
    });
    expect(planOf(find("v2")).requests).toBe(1);
    expect(planOf(find("v1")).retired).toBe(false);
    expect(isPlanned(find("v1"))).toBe(true);
  });
});

describe("a prefix whose entry is alive when its color goes live", () => {
  const written = (fields: Partial<PrefixState> = {}) =>
    anOptional({ fingerprint: "v2", lastStart: NOON, grantedTtl: "1h", measuredTokens: 6_000, ...fields });

  it("is kept for as long as keep-alives cost no more than the write", () => {
    const after = afterFlip([written()], [v2], { now: NOON + MINUTE }).find("v2");
    const plan = planOf(after);
    expect(plan).toMatchObject({ filled: true, lastStart: NOON, live: "1h", tokens: 6_000 });
    expect(plan.touchesLeft).toBe(mostKeepAlives(plan.tariff, "1h"));
    expect(after.dueAt).toBeLessThan(expiresAt(NOON, "1h"));
    expect(after.dueAt).toBeGreaterThan(NOON);
  });

  it("lives as long as was granted, and as was asked where that is not known", () => {
    const granted = afterFlip([written({ grantedTtl: "5m" })], [v2], { now: NOON + MINUTE });
    expect(planOf(granted.find("v2")).live).toBe("5m");
    const { grantedTtl: _unknown, ...asked } = written();
    expect(planOf(afterFlip([asked], [v2], { now: NOON + MINUTE }).find("v2")).live).toBe("1h");
  });

  it.each([
    [-1, true],
    [0, false],
  ])("is alive %d ms after its end: %s", (late, isAlive) => {
    const plan = planOf(afterFlip([written()], [v2], { now: expiresAt(NOON, "1h") + late }).find("v2"));
    expect([plan.filled, plan.lastStart > 0]).toEqual([isAlive, isAlive]);
  });

  it("goes on with its predecessor's traffic", () => {
    const known = [used(v1, { requests: 3 }), written({ dueAt: NEVER })];
    const { find } = afterFlip(known, [v2], { now: NOON + MINUTE });
    expect(planOf(find("v2"))).toMatchObject({ requests: 3, filled: true, lastStart: NOON });
    expect(planOf(find("v1")).retired).toBe(true);
  });
});

describe("what of a candidate is warmed before a flip", () => {
  /** Predicts a use by how often there was one, of ten. */
  const policy: Policy = { ...ALWAYS, chanceInMinute: ({ requests }) => requests / 10 };
  const live = (name: string, requests: number) =>
    used(anOptional({ name, fingerprint: `live ${name}` }), { requests });
  const entry = (name: string, fields: Partial<ManifestEntry> = {}) =>
    optional({ name, fingerprint: `next ${name}`, ...fields });
  const names = (entries: readonly ManifestEntry[], known: readonly PrefixState[]) =>
    candidateEntries(entries, known, policy, LATER).map(({ name }) => name);

  it("is all that is required, in its order", () => {
    const entries = [entry("b", { required: true }), entry("a", { required: true })];
    expect(names(entries, [live("a", 10)])).toEqual(["b", "a"]);
  });

  it("is then what was used most, by the live color's prefix of the same name", () => {
    const entries = [entry("rare"), entry("needed", { required: true }), entry("busy"), entry("often")];
    const known = [live("rare", 5), live("busy", 9), live("often", 7)];
    expect(names(entries, known)).toEqual(["needed", "busy", "often", "rare"]);
  });

  it("ends where most of the first minute's requests are covered", () => {
    const many = Array.from({ length: 40 }, (_, i) => `p${i}`);
    const warmed = names(
      many.map((name) => entry(name)),
      many.map((name) => live(name, 5)),
    );
    expect(warmed.length).toBeGreaterThan(30);
    expect(warmed.length).toBeLessThan(40);
  });

  it("is nothing that the live color keeps already, that nobody used, or of which nothing is known", () => {
    const entries = [
      entry("same", { fingerprint: "live same" }),
      entry("unused"),
      entry("new"),
      entry("unpriced"),
      entry("busy"),
    ];
    const known = [
      live("same", 9),
      anOptional({ name: "unused", fingerprint: "live unused" }),
      anOptional({ name: "unpriced", fingerprint: "live unpriced", model: "claude-unpriced" }),
      live("busy", 8),
    ];
    expect(names(entries, known)).toEqual(["busy"]);
  });

  it("takes no traffic from what the live color serves no longer", () => {
    const { passed: _passed, ...left } = live("support", 9);
    expect(names([entry("support")], [{ ...left, dueAt: NEVER }])).toEqual([]);
  });
});
