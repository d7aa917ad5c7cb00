import { describe, expect, it } from "vitest";
import { dueAt, expiresAt, NEVER } from "../../../lib/core/due.ts";
import {
  answered,
  forgetIntentions,
  membersOf,
  planRound,
  putOff,
} from "../../../lib/core/plan/plan-round.ts";
import { policyNamed } from "../../../lib/core/plan/policies.ts";
import type { Policy } from "../../../lib/core/plan/policy.ts";
import type { PrefixState } from "../../../lib/core/prefix-state.ts";
import { aUsage, HOUR, MINUTE, NOON } from "../samples.ts";
import { ALWAYS, anOptional, aSuccessor, memberOf, NOON_MINUTE, oneOf, planOf, used } from "./optional.ts";

/** Sure of a use within the hour: with some worth of waiting a first fill pays. */
const CERTAIN: Policy = { ...ALWAYS, chanceOfUse: () => 1 };

describe("the members of a run", () => {
  it("are each prefix once, without those whose model has no price", () => {
    const prefixes = [
      anOptional({ fingerprint: "a", bytes: 1 }),
      anOptional({ fingerprint: "b", model: "claude-unpriced" }),
      anOptional({ fingerprint: "a", bytes: 2 }),
    ];
    const members = membersOf(prefixes, ALWAYS, NOON);
    expect([...members.keys()]).toEqual(["a"]);
    expect(oneOf(members)).toMatchObject({
      prefix: { bytes: 1 },
      isUsed: false,
      isFirstFill: false,
      isForgotten: false,
    });
  });

  it("do nothing that another policy meant to do", () => {
    const members = membersOf([used(anOptional())], ALWAYS, NOON);
    expect(oneOf(members).plan.touchesLeft).toBeGreaterThan(0);
    forgetIntentions(members);
    expect(oneOf(members).plan).toMatchObject({ touchesLeft: 0, touchAt: NEVER });
  });
});

describe("a round", () => {
  const DUE = dueAt(NOON, "1h");

  it("touches what is due, and puts off what is not", () => {
    const [due, later] = [
      memberOf(used(anOptional())),
      memberOf(used(anOptional(), { minute: NOON_MINUTE + 9 })),
    ];
    const { touches, passed } = planRound([due, later], DUE, ALWAYS, {}, 0.5);
    expect(touches).toEqual([{ member: due, reason: "keep_alive" }]);
    expect(passed).toEqual(["not_due"]);
    expect(later.prefix.dueAt).toBe(DUE + 9 * MINUTE);
    expect(later.prefix).not.toHaveProperty("passed");
  });

  it("says of each prefix that it leaves alone why, and stores that", () => {
    const [gone, retired] = [memberOf(used(anOptional())), memberOf(used(anOptional(), { ended: true }))];
    const { touches, passed } = planRound([gone, retired], expiresAt(NOON, "1h"), ALWAYS, {}, 0.5);
    expect(touches).toEqual([]);
    expect(passed).toEqual(["expired", "retired"]);
    expect(gone.prefix).toMatchObject({ passed: "expired", dueAt: NEVER });
    expect(retired.prefix).toMatchObject({ passed: "retired", dueAt: NEVER });
  });

  it("fills a prefix that has taken the place of a used one, after what it keeps alive", () => {
    const [fill, due] = [aSuccessor(), memberOf(used(anOptional()))];
    const { touches, passed } = planRound([fill, due], DUE, CERTAIN, {}, 0.5);
    expect(touches).toEqual([
      { member: due, reason: "keep_alive" },
      { member: fill, reason: "first_fill" },
    ]);
    expect(passed).toEqual([]);
    expect([fill.isFirstFill, due.isFirstFill]).toEqual([true, false]);
  });

  it("fills none whose use is not likely enough, and asks for it no more", () => {
    const fill = aSuccessor();
    const { touches, passed } = planRound([fill], NOON, { ...ALWAYS, chanceOfUse: () => 0.5 }, {}, 0.5);
    expect([touches, passed, fill.isFirstFill]).toEqual([[], ["not_worth_it"], false]);
    expect(fill.prefix).toMatchObject({ passed: "not_worth_it", dueAt: NEVER });
  });

  it("fills none that has been used in this very run: its user has written it", () => {
    const member = aSuccessor();
    member.isUsed = true;
    expect(planRound([member], NOON, CERTAIN, {}, 0.5).touches).toEqual([]);
    expect(member.isFirstFill).toBe(false);
  });

  it("fills with what keep-alives leave of the requests, and asks for the rest in the next minute", () => {
    const due = memberOf(used(anOptional({ fingerprint: "due" })));
    const [first, second] = [aSuccessor({ fingerprint: "a" }), aSuccessor({ fingerprint: "b" })];
    const limits = { requestsPerMinute: 8, share: 0.25 };
    const { touches, passed } = planRound([due, first, second], DUE + 1, CERTAIN, limits, 0.5);
    expect(touches.map(({ member }) => member)).toEqual([due, first]);
    expect(passed).toEqual(["no_requests"]);
    expect(second.prefix).toMatchObject({ passed: "no_requests", dueAt: DUE + MINUTE });
    expect(second.isFirstFill).toBe(false);
  });

  it("of nothing is nothing", () => {
    expect(planRound([], NOON, ALWAYS, {}, 0.5)).toEqual({ touches: [], passed: [] });
  });
});

describe("the answer to a touch", () => {
  const AT = NOON + 58 * MINUTE;
  const touched = (fields: Partial<PrefixState> = {}) =>
    anOptional({ lastStart: AT, grantedTtl: "1h", measuredTokens: 11_000, ...fields });

  it("that read counts one keep-alive, and the next one is due as late as is safe", () => {
    const member = memberOf(used(anOptional(), {}, policyNamed("keepalive(2)")));
    const left = member.plan.touchesLeft;
    answered(member, touched(), aUsage({ readTokens: 11_000 }), policyNamed("keepalive(2)"));
    expect(member.plan).toMatchObject({ touchesLeft: left - 1, touchesSent: 1, lastStart: AT, live: "1h" });
    expect(member.prefix).toMatchObject({ measuredTokens: 11_000, lastStart: AT, dueAt: dueAt(AT, "1h") });
    expect(planOf(member.prefix)).toEqual(member.plan);
  });

  it("that wrote says which TTL was granted; one that read says nothing of it", () => {
    const granted = (usage: Parameters<typeof aUsage>[0]) => {
      const member = memberOf(used(anOptional()));
      answered(member, touched({ grantedTtl: "5m" }), aUsage(usage), ALWAYS);
      return member.plan.live;
    };
    expect(granted({ write5mTokens: 10_000 })).toBe("5m");
    expect(granted({ readTokens: 10_000 })).toBe("1h");
  });

  it("to a first fill begins the entry that nobody has used", () => {
    const member = { ...aSuccessor(), isFirstFill: true };
    answered(member, touched(), aUsage({ write1hTokens: 11_000 }), ALWAYS);
    expect(member.isFirstFill).toBe(false);
    expect(member.plan).toMatchObject({
      filled: true,
      lastStart: AT,
      live: "1h",
      tokens: 11_000,
      touchesSent: 0,
    });
    expect(member.plan.touchesLeft).toBeGreaterThan(0);
    expect(planOf(member.prefix)).toEqual(member.plan);
  });

  it("to a first fill has the TTL that was asked for, where none was granted", () => {
    const member = { ...aSuccessor(), isFirstFill: true };
    const { grantedTtl: _unknown, ...asked } = touched({ ttl: "5m" });
    answered(member, asked, aUsage(), ALWAYS);
    expect(member.plan.live).toBe("5m");
  });
});

describe("a touch that was not answered", () => {
  it("is asked for again in the next minute", () => {
    const member = memberOf(used(anOptional()));
    putOff(member, NOON + HOUR + 1);
    expect(member.plan.touchAt).toBe(NOON + HOUR + MINUTE);
    expect(member.prefix.dueAt).toBe(NOON + HOUR + MINUTE);
    expect(member.prefix).not.toHaveProperty("passed");
  });

  it("is stored with what became of the prefix meanwhile", () => {
    const member = memberOf(used(anOptional()));
    putOff(member, NOON, anOptional({ bytes: 5 }));
    expect(member.prefix).toMatchObject({ bytes: 5, dueAt: NOON + MINUTE });
  });

  it("and was a first fill still is one: the plan itself wants nothing of it", () => {
    const member = { ...aSuccessor(), isFirstFill: true };
    putOff(member, NOON, anOptional({ bytes: 5 }));
    expect(member.prefix).toMatchObject({ bytes: 5, dueAt: NOON + MINUTE });
    expect(member.plan).toMatchObject({ touchAt: NEVER, lastStart: 0 });
    expect(planOf(member.prefix)).toEqual(member.plan);
  });
});
