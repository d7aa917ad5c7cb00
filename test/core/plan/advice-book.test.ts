import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { NEVER, type Ttl } from "../../../lib/core/due.ts";
import { type AdviceBook, adviceBook, adviceOf, revised } from "../../../lib/core/plan/advice-book.ts";
import { parseFleetPlan } from "../../../lib/core/plan/fleet-plan.ts";
import { plannedPrefix, withPlan } from "../../../lib/core/plan/plan-prefix.ts";
import { policyNamed } from "../../../lib/core/plan/policies.ts";
import type { Policy } from "../../../lib/core/plan/policy.ts";
import { advisedTtl, encodeTtlAdvice, headOf, MOST_LISTED } from "../../../lib/core/plan/ttl-advice.ts";
import type { PrefixState } from "../../../lib/core/prefix-state.ts";
import { anEntry, aWarmState, NOON } from "../samples.ts";

/** Advise 1h and 5m of what was never seen. */
const LONG = policyNamed("always");
const SHORT = policyNamed("off");

interface Given {
  readonly name: string;
  readonly advice: Ttl;
  readonly own?: Ttl;
  readonly requests?: number;
  readonly tokens?: number;
  readonly retired?: boolean;
}

/** An optional prefix whose plan advises this. */
function optional(given: Given, policy: Policy): PrefixState {
  const { name, advice, own = "5m", requests = 1, tokens = 5_000, retired = false } = given;
  const { fingerprint } = anEntry({ name });
  const state = aWarmState({ name, fingerprint, required: false, ttl: own, measuredTokens: tokens });
  const planned = plannedPrefix(state, policy, NOON);
  if (planned === undefined) throw new Error("the model has a price");
  return withPlan(state, Object.assign(planned.plan, { advice, requests, tokens, retired }));
}

const required = (name: string): PrefixState =>
  aWarmState({ name, fingerprint: anEntry({ name }).fingerprint, required: true });

const fingerprintOf = (name: string) => anEntry({ name }).fingerprint;

function ttls(book: AdviceBook, names: readonly string[]) {
  const advice = adviceOf(book);
  return Object.fromEntries(names.map((name) => [name, advisedTtl(advice, fingerprintOf(name)) ?? "own"]));
}

function membersOf(states: readonly PrefixState[], policy: Policy) {
  return states.flatMap((state) => plannedPrefix(state, policy, NOON) ?? []);
}

describe("the advice of what is served", () => {
  const many = (count: number) => Array.from({ length: count }, (_, i) => required(`required ${i}`));

  it("is 1h for whatever is not listed, where the policy says so of the unknown", () => {
    const states = [
      optional({ name: "long", advice: "1h" }, LONG),
      optional({ name: "short", advice: "5m" }, LONG),
      optional({ name: "unused", advice: "5m", requests: 0 }, LONG),
      optional({ name: "ended", advice: "5m", retired: true }, LONG),
      required("core"),
    ];
    const book = adviceBook(states, LONG, NOON);
    expect(ttls(book, ["long", "short", "unused", "ended", "core", "of a release to come"])).toEqual({
      long: "1h",
      short: "5m",
      unused: "1h",
      ended: "1h",
      core: "own",
      "of a release to come": "1h",
    });
  });

  it("is the prompt's own TTL for whatever is not listed, where the policy says 5m of the unknown", () => {
    const states = [
      optional({ name: "long", advice: "1h" }, SHORT),
      optional({ name: "long already", advice: "1h", own: "1h" }, SHORT),
      optional({ name: "short", advice: "5m", own: "1h" }, SHORT),
      optional({ name: "short already", advice: "5m" }, SHORT),
      required("core"),
    ];
    const book = adviceBook(states, SHORT, NOON);
    expect(ttls(book, ["long", "long already", "short", "short already", "core"])).toEqual({
      long: "1h",
      "long already": "own",
      short: "5m",
      "short already": "own",
      core: "own",
    });
  });

  it.each([
    [99, "1h"],
    [100, "1h"],
    [101, "own"],
  ])(
    "with %d required prefixes is %s for the unlisted: more cannot be kept out by name",
    (count, unlisted) => {
      const states = [...many(count), optional({ name: "long", advice: "1h" }, LONG)];
      const book = adviceBook(states, LONG, NOON);
      expect(book.unlisted).toBe(unlisted);
      const names = many(count).map(({ name }) => name);
      expect(new Set(Object.values(ttls(book, names)))).toEqual(new Set(["own"]));
      expect(ttls(book, ["long"])).toEqual({ long: "1h" });
    },
  );

  it("counts required prefixes of colors beside the live one, and none that nobody serves", () => {
    const beside = { ...required("beside"), beside: true };
    const gone = { ...required("gone"), dueAt: NEVER };
    const book = adviceBook([beside, gone, optional({ name: "a", advice: "1h" }, LONG)], LONG, NOON);
    expect(book.required).toEqual([headOf(fingerprintOf("beside"))]);
  });

  it("without an optional prefix advises nothing", () => {
    expect(encodeTtlAdvice(adviceOf(adviceBook(many(3), LONG, NOON)))).toBe('{"schema":1,"unlisted":"own"}');
  });

  it("is 1h for the unlisted only if that holds for every model", () => {
    const dear: Policy = Object.assign(Object.create(LONG) as Policy, {
      firstTtl: ({ input }: { input: number }) => (input > 4_000_000 ? "5m" : "1h"),
    });
    const opus = { ...optional({ name: "opus", advice: "1h" }, LONG), model: "claude-opus-5" };
    const sonnet = optional({ name: "sonnet", advice: "1h" }, LONG);
    expect(adviceBook([sonnet], dear, NOON).unlisted).toBe("1h");
    expect(adviceBook([sonnet, opus], dear, NOON).unlisted).toBe("own");
    expect(adviceBook([{ ...sonnet, model: "unheard-of" }], dear, NOON).unlisted).toBe("own");
  });

  it("lists the most valuable first, as many as fit", () => {
    const states = Array.from({ length: MOST_LISTED + 50 }, (_, i) =>
      optional({ name: `p${i}`, advice: "5m", tokens: 1_000 * 2 ** (i % 10), requests: 1 + (i % 7) }, LONG),
    );
    const book = adviceBook([...states, required("core")], LONG, NOON);
    const { listed } = adviceOf(book);
    expect(listed.size).toBe(MOST_LISTED);
    expect(Buffer.byteLength(encodeTtlAdvice(adviceOf(book)))).toBeLessThanOrEqual(4_096);
    const worth = (i: number) => 1_000 * 2 ** (i % 10) * (1 + (i % 7));
    const isListed = (state: PrefixState) => listed.has(headOf(state.fingerprint));
    const least = Math.min(...states.filter(isListed).map((state) => worth(states.indexOf(state))));
    const most = Math.max(
      ...states.filter((state) => !isListed(state)).map((state) => worth(states.indexOf(state))),
    );
    // Worth is kept to within a fifth.
    expect(least).toBeGreaterThan(0.8 * most);
  });
});

describe("the advice after a tick", () => {
  const given = fc.record({
    id: fc.nat({ max: 9 }),
    advice: fc.constantFrom<Ttl>("5m", "1h"),
    own: fc.constantFrom<Ttl>("5m", "1h"),
    requests: fc.nat({ max: 3 }),
  });

  it("is that of all prefixes read at once, in whatever portions and order they were looked at", () => {
    fc.assert(
      fc.property(fc.array(given), fc.constantFrom(LONG, SHORT), (looks, policy) => {
        const state = ({ id, ...rest }: (typeof looks)[number]) =>
          optional({ name: `p${id}`, ...rest }, policy);
        // What never changes of a prefix is its own TTL.
        const owns = new Map(looks.map(({ id, own }) => [id, own]));
        const steady = looks.map((look) => ({ ...look, own: owns.get(look.id) ?? "5m" }));
        const latest = [...new Map(steady.map((look) => [look.id, look])).values()];
        let book = adviceBook(
          latest.map((look) => state({ ...look, requests: 0 })),
          policy,
          NOON,
        );
        for (const look of steady) book = revised(book, membersOf([state(look)], policy), policy, NOON);
        expect(adviceOf(book)).toEqual(adviceOf(adviceBook(latest.map(state), policy, NOON)));
      }),
      { numRuns: 60 },
    );
  });

  it("drops what is advised to all when that begins to be 1h", () => {
    const states = [
      optional({ name: "long", advice: "1h" }, SHORT),
      optional({ name: "short", advice: "5m", own: "1h" }, SHORT),
    ];
    const before = adviceBook(states, SHORT, NOON);
    expect(before.listed).toHaveLength(2);
    const after = revised(before, [], LONG, NOON);
    expect(after).toMatchObject({ unlisted: "1h", listed: [expect.stringContaining(" 5m ")] });
  });

  it("is of a size that does not grow with the prefixes", () => {
    let book = adviceBook([], LONG, NOON);
    for (let i = 0; i < 2 * MOST_LISTED; i++) {
      const state = optional({ name: `p${i}`, advice: "1h" }, SHORT);
      book = revised(book, membersOf([state], SHORT), SHORT, NOON);
    }
    expect(JSON.stringify(book).length).toBeLessThan(8_192);
  });
});

describe("a stored plan", () => {
  const plan = { policy: "off", requiredPerHour: 0 };
  const advice = adviceBook([optional({ name: "a", advice: "1h" }, SHORT), required("b")], SHORT, NOON);

  it("comes back with its advice, and without one from a release that had none", () => {
    expect(parseFleetPlan({ ...plan, advice })).toEqual({ ...plan, advice });
    expect(parseFleetPlan(plan)).toEqual(plan);
  });

  it.each([
    ["a line of another form", { ...advice, listed: ["0123456789ab own 3"] }],
    ["another answer for the unlisted", { ...advice, unlisted: "5m" }],
    ["models that are no list", { ...advice, models: "claude" }],
  ])("with %s is damaged", (_what, damaged) => {
    expect(parseFleetPlan({ ...plan, advice: damaged })).toContain("advice.");
  });
});
