import { describe, expect, it } from "vitest";
import { isNews, learn, membersOf } from "../../../lib/core/plan/plan-round.ts";
import type { Policy } from "../../../lib/core/plan/policy.ts";
import type { PrefixState } from "../../../lib/core/prefix-state.ts";
import type { PrefixUse } from "../../../lib/core/usage/usage-record.ts";
import { aUse, NOON } from "../samples.ts";
import { ALWAYS, anOptional, NOON_MINUTE, oneOf, planOf, used } from "./optional.ts";

describe("a minute's use", () => {
  it.each([
    [-1, false],
    [0, false],
    [1, true],
  ])("%d minutes after the last known one is news: %s", (later, news) => {
    expect(isNews(planOf(used(anOptional())), NOON_MINUTE + later)).toBe(news);
  });

  it("is news of a prefix that was never used, though it was filled since", () => {
    expect(isNews({ ...planOf(anOptional()), lastUse: NOON_MINUTE + 1 }, NOON_MINUTE)).toBe(true);
  });
});

/** Learns what was used in some minutes after noon, in a run of the tick twenty minutes after it. */
function learned(prefix: PrefixState, uses: readonly (readonly [minute: number, use: PrefixUse])[]) {
  const commits: number[] = [];
  const policy: Policy = { ...ALWAYS, commit: (minute) => commits.push(minute - NOON_MINUTE) };
  const members = membersOf([prefix], policy, NOON);
  const byMinute = uses.map(
    ([minute, use]) => [NOON_MINUTE + minute, new Map([[use.fingerprint, use]])] as const,
  );
  learn(members, new Map(byMinute), policy, NOON_MINUTE + 20);
  return { member: oneOf(members), commits };
}

describe("what was used", () => {
  const prefix = anOptional();
  const use = aUse({ fingerprint: prefix.fingerprint, requests: 4, cold: 1, write1hTokens: 10_000 });

  it("is learned minute by minute and stored with the prefix", () => {
    const { member } = learned(prefix, [
      [1, use],
      [5, { ...use, cold: 0 }],
    ]);
    expect(member.isUsed).toBe(true);
    expect(planOf(member.prefix)).toEqual(member.plan);
    expect(member.plan).toMatchObject({
      requests: 8,
      born: NOON_MINUTE + 1,
      lastUse: NOON_MINUTE + 5,
      live: "1h",
    });
  });

  it("is learned once, however often its minute is read", () => {
    const before = used(prefix, { minute: NOON_MINUTE + 5 });
    const { member } = learned(before, [[5, use]]);
    expect(member.isUsed).toBe(false);
    expect(member.prefix).toBe(before);
  });

  it("of prefixes that the planner does not decide about is left out", () => {
    const { member } = learned(prefix, [[1, { ...use, fingerprint: "another" }]]);
    expect(member).toMatchObject({ isUsed: false, prefix });
  });

  it("is told to the policy at the end of each minute, and of the last one before the tick", () => {
    expect(learned(prefix, [[1, use]]).commits).toEqual([1, 19]);
    expect(learned(prefix, [[18, use]]).commits).toEqual([18, 19]);
    expect(learned(prefix, [[19, use]]).commits).toEqual([19]);
    expect(learned(prefix, []).commits).toEqual([19]);
  });

  it("is learned by a policy that learns nothing at the end of a minute too", () => {
    const members = membersOf([prefix], ALWAYS, NOON);
    learn(members, new Map([[NOON_MINUTE, new Map([[use.fingerprint, use]])]]), ALWAYS, NOON_MINUTE + 9);
    expect(oneOf(members).plan.requests).toBe(4);
  });

  it.each([
    ["as it was measured", { measuredTokens: 7_000 }, {}, 7_000],
    [
      "else as its requests read it",
      { measuredTokens: undefined },
      { requests: 2, readTokens: 6_000, cold: 0, write1hTokens: 0 },
      3_000,
    ],
    ["else as it was known", { measuredTokens: undefined, countedTokens: 9_000 }, { neither: 4 }, 9_000],
  ] as const)("is of a prefix as large %s", (_how, { measuredTokens, ...fields }, counts, tokens) => {
    const { measuredTokens: _measured, ...rest } = anOptional(fields);
    const known = measuredTokens === undefined ? rest : { ...rest, measuredTokens };
    expect(learned(known, [[1, { ...use, ...counts }]]).member.plan.tokens).toBe(tokens);
  });

  it("was written as the prompt asks where its requests wrote with both TTLs", () => {
    const both = { ...use, write5mTokens: 10_000, write1hTokens: 5_000 };
    expect(learned(anOptional({ ttl: "5m" }), [[1, both]]).member.plan.live).toBe("5m");
    expect(learned(anOptional({ ttl: "1h" }), [[1, both]]).member.plan.live).toBe("1h");
  });
});
