import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { dueAt, expiresAt, MINUTE_MS, NEVER, spreadOffset, type Ttl } from "../../../lib/core/due.ts";
import { decide, recordPublish, recordTouch, retire, succeed } from "../../../lib/core/plan/planner.ts";
import { policyNamed } from "../../../lib/core/plan/policies.ts";
import type { Policy } from "../../../lib/core/plan/policy.ts";
import { mostKeepAlives, USUAL_TARIFF, writeShare } from "../../../lib/core/plan/tariff.ts";
import { prefix, START, ticks, use } from "./ticks.ts";

const AT = START * MINUTE_MS;

describe("without organic use", () => {
  it.each([
    ["1h", 19],
    ["5m", 11],
  ] as const)("a published %s prefix gets keep-alives for at most a write less a read", (ttl, most) => {
    for (const name of ["adaptive", "always", "ski-rental", "off"]) {
      const policy = policyNamed(name);
      const state = prefix(policy);
      recordPublish(state, { now: AT, tokens: 5000, ttl }, policy);
      const sent = ticks(state, policy, START + 1, 4 * 1440);
      expect(sent.length).toBe(most);
      expect(sent.length * USUAL_TARIFF.read).toBeLessThanOrEqual(
        writeShare(USUAL_TARIFF, ttl) - USUAL_TARIFF.read + 1e-9,
      );
      expect(state.dueAt).toBe(NEVER);
    }
  });

  it("no more is spent after the last use that anybody reported, whatever was used before", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 900 }), { maxLength: 20 }), (gaps) => {
        const policy = policyNamed("adaptive", { lambda: 5 });
        const state = prefix(policy);
        let minute = START;
        for (const gap of [0, ...gaps]) {
          ticks(state, policy, minute + 1, gap - 1);
          minute += gap;
          use(state, policy, { minute, wrote: gap > 60 || gap === 0 ? "1h" : undefined });
          policy.commit?.(minute);
        }
        const sent = ticks(state, policy, minute + 1, 5 * 1440);
        expect(sent.length).toBeLessThanOrEqual(mostKeepAlives(USUAL_TARIFF, state.live));
      }),
      { numRuns: 20 },
    );
  });

  it("a required prefix is kept warm without a gap until it is retired", () => {
    for (const name of ["adaptive", "off", "cron(4m)"]) {
      const policy = policyNamed(name);
      const state = prefix(policy, true);
      recordPublish(state, { now: AT, tokens: 5000, ttl: "1h" }, policy);
      const sent = [AT, ...ticks(state, policy, START + 1, 2 * 1440)];
      sent.forEach((now, i) => {
        expect(now - (sent[i - 1] ?? now)).toBeLessThanOrEqual(3_600_000);
      });
      expect(sent.length).toBeGreaterThan(48);
      retire(state);
      expect(ticks(state, policy, START + 2 * 1440 + 1, 1440)).toEqual([]);
    }
  });
});

describe("a keep-alive that does not pay any more", () => {
  const nonePays: Policy = Object.assign(policyNamed("always"), { stillPays: () => false });

  it("is not sent, and none after it until the next use", () => {
    const state = prefix(nonePays);
    use(state, nonePays, { minute: START, wrote: "1h" });
    expect(ticks(state, nonePays, START + 1, 1440)).toEqual([]);
    expect(state.touchesLeft).toBe(0);
  });

  it("is sent all the same after a fill that no use has followed: nobody was expected for sure", () => {
    const state = prefix(nonePays);
    recordPublish(state, { now: AT, tokens: 5000, ttl: "1h" }, nonePays);
    expect(ticks(state, nonePays, START + 1, 1440)).toHaveLength(19);
    use(state, nonePays, { minute: START + 1440, wrote: "1h" });
    expect(ticks(state, nonePays, START + 1441, 1440)).toEqual([]);
  });
});

describe("the clock of the plan", () => {
  it("is the due rule of the warm cycle, counted from the first second of the minute of use", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 100_000 }), fc.constantFrom<Ttl>("5m", "1h"), (later, ttl) => {
        const policy = policyNamed("always");
        const state = prefix(policy);
        use(state, policy, { minute: START + later, wrote: ttl });
        expect(state.touchAt).toBe(dueAt((START + later) * MINUTE_MS, ttl));
      }),
    );
  });

  it("brings the first keep-alive after a fill of its own forward, so that hourly touches spread", () => {
    const policy = policyNamed("always");
    for (const fingerprint of ["a", "b", "c"]) {
      const state = prefix(policy, false, fingerprint);
      recordPublish(state, { now: AT, tokens: 100, ttl: "1h" }, policy);
      const offset = spreadOffset(fingerprint, "1h");
      expect(state.touchAt).toBe(Math.max(AT + MINUTE_MS, dueAt(AT, "1h") - offset));
      expect(decide(state, state.touchAt, policy).reason).toBe("keep_alive");
    }
  });

  it("never schedules a touch after the last moment at which it finds the entry alive", () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.integer({ min: 1, max: 300 }), fc.constantFrom<Ttl>("5m", "1h")), {
          minLength: 1,
          maxLength: 12,
        }),
        fc.constantFrom("adaptive", "always", "ski-rental", "keepalive(2)"),
        (uses, name) => {
          const policy = policyNamed(name);
          const state = prefix(policy);
          let minute = START;
          for (const [gap, wrote] of uses) {
            minute += gap;
            use(state, policy, { minute, wrote });
            policy.commit?.(minute);
            if (state.touchAt === NEVER) continue;
            // The tick that finds it due may come at the very end of its minute.
            expect(state.touchAt + MINUTE_MS).toBeLessThan(expiresAt(state.lastStart, state.live));
          }
        },
      ),
      { numRuns: 100 },
    );
  });

  it.each([
    [-1, "keep_alive"],
    [0, "expired"],
  ] as const)("lets a dead prefix be: %d ms after its end of life the answer is %s", (late, reason) => {
    const policy = policyNamed("always");
    const state = prefix(policy);
    use(state, policy, { minute: START, wrote: "1h" });
    expect(decide(state, expiresAt(AT, "1h") + late, policy).reason).toBe(reason);
    expect(state.touchesLeft > 0).toBe(reason === "keep_alive");
  });

  it("fills a required prefix that is dead, with the TTL of the advice", () => {
    const policy = policyNamed("always");
    const state = prefix(policy, true);
    use(state, policy, { minute: START, wrote: "5m" });
    expect(decide(state, AT + 3_600_000, policy)).toEqual({ touch: true, reason: "required", ttl: "1h" });
  });

  it("plans with the granted TTL, not with the advised one", () => {
    const policy = policyNamed("always");
    const state = prefix(policy);
    use(state, policy, { minute: START, wrote: "5m" });
    expect([state.advice, state.live, state.touchAt]).toEqual(["1h", "5m", AT + 3 * MINUTE_MS]);
    recordTouch(state, AT + 4 * MINUTE_MS, "1h", policy);
    expect(state.live).toBe("1h");
  });
});

describe("what the product knows and request times do not", () => {
  it("keeps the warmer from touching a prefix whose session has ended until it is used again", () => {
    const policy = policyNamed("always");
    const state = prefix(policy);
    use(state, policy, { minute: START, wrote: "1h", ended: true });
    expect(ticks(state, policy, START + 1, 300)).toEqual([]);
    use(state, policy, { minute: START + 301, wrote: "1h" });
    expect(ticks(state, policy, START + 302, 300).length).toBe(5);
  });

  it("lets a prefix that replaces another begin with what was learned, and ends the other", () => {
    const policy = policyNamed("adaptive");
    const [old, next] = [prefix(policy, false, "v1"), prefix(policy, false, "v2")];
    for (let i = 0; i < 50; i++) {
      use(old, policy, { minute: START + 40 * i, wrote: i === 0 ? "1h" : undefined });
      policy.commit?.(START + 40 * i);
    }
    succeed(next, old);
    expect(next.learned).toEqual(old.learned);
    expect([next.requests, next.advice, next.touchesLeft, next.dueAt]).toEqual([50, old.advice, 0, NEVER]);
    expect(ticks(old, policy, START + 40 * 49 + 1, 300)).toEqual([]);
    use(next, policy, { minute: START + 2000, tokens: 120, wrote: "1h" });
    expect([next.requests, next.live, next.retired]).toEqual([51, "1h", false]);
  });

  it("leaves alone what the model does not cache for its size", () => {
    const policy = policyNamed("always");
    for (const [tokens, touched] of [
      [1023, false],
      [1024, true],
    ] as const) {
      const state = { ...prefix(policy, true), tariff: { ...USUAL_TARIFF, minimumTokens: 1024 } };
      use(state, policy, { minute: START, wrote: "1h", tokens });
      expect(decide(state, state.touchAt, policy).touch).toBe(touched);
    }
  });
});
