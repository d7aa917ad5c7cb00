import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CONFIRM_AFTER_MS, dueAt, NEVER, spreadOffset } from "../../lib/core/due.ts";
import {
  adopt,
  afterTouch,
  aliveUntil,
  isAlive,
  isWarm,
  type PrefixState,
  restart,
  stop,
  waitsToRetry,
} from "../../lib/core/prefix-state.ts";
import { abandon, reconcile } from "../../lib/core/reconcile.ts";
import { aFilledState, anEntry, aWarmState, HOUR, MINUTE, NOON, SECOND } from "./samples.ts";

const FIVE = 5 * MINUTE;

describe("alive and warm", () => {
  it.each([
    [NOON + FIVE - 1, true],
    [NOON + FIVE, false],
    [NOON + FIVE + 1, false],
  ])("end at the moment of expiry (%i)", (now, alive) => {
    expect(isAlive(aWarmState(), now)).toBe(alive);
    expect(isWarm(aWarmState(), now)).toBe(alive);
  });

  it("need a read for warm: a write alone is no proof", () => {
    expect(isAlive(aFilledState(), NOON + 1)).toBe(true);
    expect(isWarm(aFilledState(), NOON + 1)).toBe(false);
  });

  it("follow the TTL that the provider granted, not the one that was asked for", () => {
    expect(aliveUntil(aWarmState({ ttl: "1h", grantedTtl: "5m" }))).toBe(NOON + FIVE);
    expect(aliveUntil(aWarmState({ ttl: "5m", grantedTtl: "1h" }))).toBe(NOON + HOUR);
    const { grantedTtl: _unknown, ...asked } = aWarmState({ ttl: "1h" });
    expect(aliveUntil(asked)).toBe(NOON + HOUR);
  });

  it("are false for a prefix that was never touched", () => {
    const fresh = adopt(anEntry(), undefined, NOON);
    expect([aliveUntil(fresh), isAlive(fresh, NOON), isWarm(fresh, NOON)]).toEqual([0, false, false]);
  });
});

describe("adopt", () => {
  it("takes a prefix that nobody knows as due now, with nothing proven", () => {
    const fresh = adopt(anEntry({ countedTokens: 9_000 }), undefined, NOON);
    expect(fresh).toMatchObject({ name: "support", countedTokens: 9_000, fillsInRow: 0, dueAt: NOON });
    expect(fresh).not.toHaveProperty("lastStart");
    expect(fresh).not.toHaveProperty("provenAt");
  });

  it("keeps the proof of a prefix that is still alive, and touches it in time", () => {
    const state = aWarmState({ dueAt: NOON + 2 * MINUTE });
    expect(adopt(anEntry(), state, NOON + MINUTE)).toStrictEqual(state);
  });

  it("takes a prefix that has expired as due now", () => {
    expect(adopt(anEntry(), aWarmState(), NOON + FIVE).dueAt).toBe(NOON + FIVE);
    expect(adopt(anEntry(), abandon(aWarmState()), NOON + FIVE).dueAt).toBe(NOON + FIVE);
  });

  it("takes up a prefix that was given up while alive at its next keep-alive", () => {
    const state = adopt(anEntry(), abandon(aWarmState()), NOON + MINUTE);
    expect(state.dueAt).toBe(dueAt(NOON, "5m"));
    expect(isWarm(state, NOON + MINUTE)).toBe(true);
  });

  it.each(["5m", "1h"] as const)(
    "reads a %s prefix at once that was given up before a read had proven it",
    (ttl) => {
      const given = abandon(aFilledState({ ttl, grantedTtl: ttl }));
      expect(adopt(anEntry({ ttl }), given, NOON + MINUTE).dueAt).toBe(NOON + MINUTE);
    },
  );

  it("waits for the confirming read that is already planned", () => {
    const filled = aFilledState({ dueAt: NOON + 3 * SECOND });
    expect(adopt(anEntry(), filled, NOON + SECOND).dueAt).toBe(NOON + 3 * SECOND);
  });

  it("never puts a due time back", () => {
    const due = fc.integer({ min: NOON - HOUR, max: NOON + HOUR });
    fc.assert(
      fc.property(
        due,
        fc.nat(2 * HOUR),
        fc.boolean(),
        fc.constantFrom("5m", "1h"),
        (due, later, proven, ttl) => {
          const state = (proven ? aWarmState : aFilledState)({ ttl, grantedTtl: ttl, dueAt: due });
          const now = NOON + later;
          expect(adopt(anEntry({ ttl }), state, now).dueAt).toBeLessThanOrEqual(Math.max(due, now));
          const again = adopt(anEntry({ ttl }), abandon(state), now);
          expect(again.dueAt).toBeLessThanOrEqual(Math.max(now, dueAt(NOON, ttl)));
        },
      ),
    );
  });

  it("takes name, TTL and body from the manifest: the same bytes may be asked for anew", () => {
    const entry = anEntry({ name: "support-2", bodyDigest: "other", ttl: "1h", required: false });
    const state = adopt({ ...entry, fingerprint: aWarmState().fingerprint }, aWarmState(), NOON + 1);
    expect(state).toMatchObject({
      name: "support-2",
      bodyDigest: "other",
      ttl: "1h",
      required: false,
      provenAt: NOON,
    });
  });

  it("keeps a stop until the body changes", () => {
    const stopped = stop(aFilledState(), "not_cached");
    expect(adopt(anEntry(), stopped, NOON).stopped).toBe("not_cached");
    expect(adopt(anEntry({ bodyDigest: "other" }), stopped, NOON)).not.toHaveProperty("stopped");
  });
});

describe("after a fill", () => {
  const before = aWarmState({ drifted: true });
  const judgement = { verdict: "filled", measuredTokens: 12_000, grantedTtl: "1h" } as const;
  const after = afterTouch(before, judgement, 0, NOON + FIVE, NOON + FIVE + 4 * SECOND);

  it("a prefix is alive from the start of the request, and not yet warm", () => {
    expect(after).toMatchObject({ lastStart: NOON + FIVE, measuredTokens: 12_000, grantedTtl: "1h" });
    expect(after).not.toHaveProperty("provenAt");
    expect(after).not.toHaveProperty("drifted");
  });

  it("its confirming read follows two seconds after the end of the request", () => {
    expect(after.dueAt).toBe(NOON + FIVE + 4 * SECOND + CONFIRM_AFTER_MS);
  });

  it("fills in a row are counted", () => {
    expect(after.fillsInRow).toBe(1);
    expect(afterTouch(after, judgement, 0, NOON, NOON).fillsInRow).toBe(2);
  });
});

describe("after a whole read", () => {
  const read = (state: PrefixState, at = NOON + 3 * MINUTE) =>
    afterTouch(state, { verdict: "warm" }, 10_000, at, at + SECOND);

  it("a prefix is warm from the start of the request", () => {
    expect(read(aFilledState())).toMatchObject({
      lastStart: NOON + 3 * MINUTE,
      provenAt: NOON + 3 * MINUTE,
      fillsInRow: 0,
      measuredTokens: 10_000,
    });
  });

  it("its size is measured if no fill had measured it", () => {
    const { measuredTokens: _size, ...unmeasured } = aFilledState();
    expect(read(unmeasured).measuredTokens).toBe(10_000);
    expect(read(aFilledState({ measuredTokens: 9_999 })).measuredTokens).toBe(9_999);
  });

  it("the next keep-alive follows the one rule", () => {
    expect(read(aWarmState()).dueAt).toBe(dueAt(NOON + 3 * MINUTE, "5m"));
    expect(read(aFilledState()).dueAt).toBe(dueAt(NOON + 3 * MINUTE, "5m"));
  });

  it("no longer counts as drifted: what the next fill will mean is told by its own time", () => {
    expect(read(aWarmState({ drifted: true }))).not.toHaveProperty("drifted");
  });

  it("the first keep-alive of a 1h prefix is brought forward by its own offset, later ones are not", () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[0-9a-f]{64}$/), (fingerprint) => {
        const hourly = { ttl: "1h", grantedTtl: "1h", fingerprint } as const;
        const first = read(aFilledState(hourly));
        const regular = dueAt(NOON + 3 * MINUTE, "1h");
        expect(first.dueAt).toBe(regular - spreadOffset(fingerprint, "1h"));
        expect(first.dueAt).toBeGreaterThan(NOON + 3 * MINUTE);
        expect(read(first).dueAt).toBe(regular);
      }),
    );
  });
});

describe("after a partial reply", () => {
  const at = NOON + 3 * MINUTE;
  const read = afterTouch(aWarmState(), { verdict: "partial" }, 4_000, at, at + SECOND);
  const wrote = afterTouch(aWarmState(), { verdict: "partial", grantedTtl: "5m" }, 0, at, at + SECOND);

  it("what was proven before is not proven now, and its size is unknown again", () => {
    for (const state of [read, wrote]) {
      expect(isWarm(state, at + 1)).toBe(false);
      expect(state).not.toHaveProperty("measuredTokens");
    }
  });

  it("a read stays due, and is not repeated at every tick, but at the next keep-alive", () => {
    expect(read.dueAt).toBeLessThan(at + MINUTE);
    expect(read.retryAt).toBe(dueAt(at, "5m"));
  });

  it("a write is confirmed like a fill, and counted as one", () => {
    expect(wrote).toMatchObject({ dueAt: at + SECOND + CONFIRM_AFTER_MS, fillsInRow: 1, grantedTtl: "5m" });
    expect(read.fillsInRow).toBe(0);
  });

  it("is judged by the count again, so that another size can be proven", () => {
    const again = afterTouch(read, { verdict: "warm" }, 11_000, at + MINUTE, at + MINUTE);
    expect(again).toMatchObject({ measuredTokens: 11_000, provenAt: at + MINUTE });
  });
});

describe("after a reply without any cache", () => {
  const after = afterTouch(aFilledState(), { verdict: "not_cached" }, 0, NOON + FIVE, NOON + FIVE + 1);

  it("a prefix is stopped until its bytes change, and stays due so that every run tells of it", () => {
    expect(after).toMatchObject({ stopped: "not_cached", dueAt: NOON + FIVE + 1, lastStart: NOON });
  });
});

describe("any touch", () => {
  it("leaves what a prefix is as it was, and its next due time after the touch began", () => {
    const judgement = fc.oneof(
      fc.record({
        verdict: fc.constant("filled" as const),
        measuredTokens: fc.nat(),
        grantedTtl: fc.constantFrom("5m", "1h"),
      }),
      fc.record({ verdict: fc.constantFrom("warm", "partial", "not_cached") }),
      fc.record({ verdict: fc.constant("partial" as const), grantedTtl: fc.constantFrom("5m", "1h") }),
    );
    const state = fc.constantFrom(
      aWarmState(),
      aFilledState(),
      aFilledState({ ttl: "1h" }),
      adopt(anEntry(), undefined, NOON),
    );
    fc.assert(
      fc.property(state, judgement, fc.nat(HOUR), fc.nat(30_000), (state, judgement, later, took) => {
        const startedAt = NOON + later;
        const after = afterTouch(state, judgement, 10_000, startedAt, startedAt + took);
        expect(after.dueAt).toBeGreaterThanOrEqual(startedAt);
        for (const field of [
          "fingerprint",
          "name",
          "bodyDigest",
          "model",
          "ttl",
          "required",
          "bytes",
        ] as const) {
          expect(after[field]).toBe(state[field]);
        }
        if (after.provenAt !== undefined && after.stopped === undefined) {
          expect(judgement.verdict).toBe("warm");
        }
      }),
    );
  });
});

describe("abandon and stop", () => {
  it("keep the history: a rollback may need it", () => {
    expect(abandon(aWarmState())).toEqual({ ...aWarmState(), dueAt: NEVER });
    expect(stop(aWarmState(), "unsafe_to_warm")).toEqual({ ...aWarmState(), stopped: "unsafe_to_warm" });
  });
});

describe("reconcile", () => {
  const blue = aWarmState({ name: "support", fingerprint: "blue" });
  const shared = aWarmState({ name: "triage", fingerprint: "shared" });
  const greenEntry = anEntry({ name: "support", fingerprint: "green" });
  const sharedEntry = anEntry({ name: "triage", fingerprint: "shared" });
  const now = NOON + MINUTE;
  const byFingerprint = (states: readonly PrefixState[]) =>
    Object.fromEntries(states.map((state) => [state.fingerprint, state]));

  it("at a flip takes the new prefixes as due now, keeps the shared ones and gives up the old", () => {
    const after = byFingerprint(reconcile([blue, shared], [greenEntry, sharedEntry], [], now, false));
    expect(after["green"]).toMatchObject({ dueAt: now, fillsInRow: 0 });
    expect(after["green"]).not.toHaveProperty("drifted");
    expect(after["shared"]?.provenAt).toBe(NOON);
    expect(after["blue"]?.dueAt).toBe(NEVER);
    expect(Object.keys(after)).toHaveLength(3);
  });

  it("at a rollback finds the old color as warm as it is", () => {
    const flipped = reconcile([blue], [greenEntry], [], now, false);
    const back = byFingerprint(
      reconcile(flipped, [anEntry({ name: "support", fingerprint: "blue" })], [], now + 1, false),
    );
    expect(isWarm(back["blue"] ?? blue, now + 1)).toBe(true);
    expect(back["blue"]?.dueAt).toBe(dueAt(NOON, "5m"));
    expect(back["green"]?.dueAt).toBe(NEVER);
  });

  it("without a flip marks bytes as drifted that replace an alive prefix of the same name", () => {
    const one = (known: PrefixState[], at = now) =>
      byFingerprint(reconcile(known, [greenEntry], [], at, true))["green"];
    expect(one([blue])?.drifted).toBe(true);
    expect(one([blue], NOON + FIVE)).not.toHaveProperty("drifted");
    expect(one([{ ...blue, name: "other" }])).not.toHaveProperty("drifted");
    expect(one([abandon(blue)])).not.toHaveProperty("drifted");
    expect(one([])).not.toHaveProperty("drifted");
  });

  it("touches equal fingerprints once", () => {
    expect(reconcile([], [greenEntry, { ...greenEntry, name: "copy" }], [], now, false)).toHaveLength(1);
  });

  it("writes nothing about a prefix that was given up before", () => {
    expect(reconcile([abandon(blue)], [sharedEntry], [], now, false).map(({ name }) => name)).toEqual([
      "triage",
    ]);
  });

  it("is the same when asked twice", () => {
    const first = reconcile([blue, shared], [greenEntry, sharedEntry], [], now, true);
    const second = reconcile(first, [greenEntry, sharedEntry], [], now, true);
    expect(byFingerprint(second)).toEqual({
      green: byFingerprint(first)["green"],
      shared: byFingerprint(first)["shared"],
    });
  });
});

describe("a partial read", () => {
  it("stays due, so that it is seen as not warm, and waits for the next touch until its part falls due", () => {
    const partly = afterTouch(aWarmState(), { verdict: "partial" }, 500, NOON + 1_000, NOON + 1_500);
    expect(partly.dueAt).toBe(NOON + 1_500);
    const retryAt = partly.retryAt ?? 0;
    expect(retryAt).toBeGreaterThan(NOON + 60_000);
    expect(waitsToRetry(partly, retryAt - 1)).toBe(true);
    expect(waitsToRetry(partly, retryAt)).toBe(false);
    expect(isWarm(partly, NOON + 2_000)).toBe(false);
    const whole = afterTouch(partly, { verdict: "warm" }, 1000, retryAt, retryAt + 500);
    expect(whole).not.toHaveProperty("retryAt");
  });
});

describe("a loop", () => {
  const filled = { verdict: "filled", measuredTokens: 10_000, grantedTtl: "5m" } as const;
  const fill = (state: PrefixState, at: number) => afterTouch(state, filled, 0, at, at + SECOND);

  it("is the third fill in a row while the one before was alive, and stops the prefix", () => {
    const first = fill(aFilledState({ lastStart: NOON - HOUR }), NOON);
    const second = fill(first, NOON + MINUTE);
    const third = fill(second, NOON + 2 * MINUTE);
    expect([first, second, third].map(({ fillsInRow }) => fillsInRow)).toEqual([1, 2, 3]);
    expect([first, second, third].map(({ stopped }) => stopped)).toEqual([
      undefined,
      undefined,
      "warmer_loop",
    ]);
  });

  it.each([
    [NOON + FIVE - 1, 3],
    [NOON + FIVE, 1],
  ])("is not begun by a fill after the expiry (%i): nobody came in time", (at, fillsInRow) => {
    expect(fill(aFilledState({ fillsInRow: 2 }), at).fillsInRow).toBe(fillsInRow);
    const partial = afterTouch(
      aFilledState({ fillsInRow: 2 }),
      { verdict: "partial", grantedTtl: "5m" },
      0,
      at,
      at + SECOND,
    );
    expect(partial.fillsInRow).toBe(fillsInRow);
  });

  it("begins anew with a whole read between two fills", () => {
    const read = afterTouch(aFilledState({ fillsInRow: 2 }), { verdict: "warm" }, 10_000, NOON, NOON);
    expect(fill(read, NOON + MINUTE).fillsInRow).toBe(1);
  });

  it("is not ended by a partial read, and does not grow with it", () => {
    const partly = afterTouch(aFilledState({ fillsInRow: 2 }), { verdict: "partial" }, 500, NOON, NOON + 1);
    expect(partly.fillsInRow).toBe(2);
  });
});

describe("restart", () => {
  const looped = aFilledState({ stopped: "warmer_loop", fillsInRow: 3 });

  it("lets a loop fill as often again", () => {
    const { stopped: _loop, ...free } = looped;
    expect(restart(looped, NOON + 1)).toEqual({ ...free, fillsInRow: 0 });
    expect(restart({ ...looped, lastStart: 0 }, 1)).not.toHaveProperty("stopped");
  });

  it.each([NOON, NOON - 1])("asked for before the last touch (%i) is carried out already", (at) =>
    expect(restart(looped, at)).toBe(looped),
  );

  it("of a prefix that was never touched needs no more than the asking", () => {
    const { lastStart: _never, ...untouched } = looped;
    expect(restart(untouched, 0)).toBe(untouched);
    expect(restart(untouched, 1)).not.toHaveProperty("stopped");
  });

  it.each(["not_cached", "unsafe_to_warm", "unpriced_model", "body_damaged"] as const)(
    "does not help against %s: only other bytes do",
    (reason) => {
      const stopped = aFilledState({ stopped: reason });
      expect(restart(stopped, NOON + HOUR)).toBe(stopped);
    },
  );
});

describe("what a touch leaves behind", () => {
  const full = aWarmState({ drifted: true, retryAt: NOON - 1, countedTokens: 9_800 });
  const at = NOON + MINUTE;

  it("a fill drops what it makes untrue, and keeps the count", () => {
    const { provenAt: _p, drifted: _d, retryAt: _r, ...rest } = full;
    const judgement = { verdict: "filled", measuredTokens: 12_000, grantedTtl: "1h" } as const;
    expect(afterTouch(full, judgement, 0, at, at + SECOND)).toStrictEqual({
      ...rest,
      measuredTokens: 12_000,
      grantedTtl: "1h",
      lastStart: at,
      fillsInRow: 1,
      dueAt: at + SECOND + CONFIRM_AFTER_MS,
    });
  });

  it("a fill without a size or a TTL of its own keeps what was known", () => {
    const after = afterTouch(full, { verdict: "filled" }, 0, at, at + SECOND);
    expect(after).toMatchObject({ measuredTokens: 10_000, grantedTtl: "5m" });
    const { measuredTokens: _size, grantedTtl: _ttl, ...fresh } = full;
    const unmeasured = afterTouch(fresh, { verdict: "filled" }, 0, at, at + SECOND);
    expect(unmeasured).not.toHaveProperty("measuredTokens");
    expect(unmeasured).not.toHaveProperty("grantedTtl");
  });

  it("a partial read drops proof, size and the old wait, and keeps the TTL and what drifted", () => {
    const { provenAt: _p, measuredTokens: _m, ...rest } = full;
    expect(afterTouch(full, { verdict: "partial" }, 500, at, at + SECOND)).toStrictEqual({
      ...rest,
      lastStart: at,
      dueAt: at + SECOND,
      retryAt: dueAt(at, "5m"),
    });
  });

  it("a partial write waits for nothing but its confirming read", () => {
    const { provenAt: _p, measuredTokens: _m, retryAt: _r, ...rest } = full;
    const judgement = { verdict: "partial", grantedTtl: "1h" } as const;
    expect(afterTouch(full, judgement, 0, at, at + SECOND)).toStrictEqual({
      ...rest,
      grantedTtl: "1h",
      lastStart: at,
      fillsInRow: 1,
      dueAt: at + SECOND + CONFIRM_AFTER_MS,
    });
  });

  it("no cache at all drops the proof", () => {
    const { provenAt: _p, ...rest } = full;
    expect(afterTouch(full, { verdict: "not_cached" }, 0, at, at + SECOND)).toStrictEqual({
      ...rest,
      stopped: "not_cached",
      dueAt: at + SECOND,
    });
  });

  it("the first keep-alive of a prefix without a granted TTL is spread by the TTL that was asked for", () => {
    const { grantedTtl: _unknown, ...asked } = aFilledState({ ttl: "1h" });
    const read = afterTouch(asked, { verdict: "warm" }, 10_000, at, at + SECOND);
    expect(read.dueAt).toBe(dueAt(at, "1h") - spreadOffset(asked.fingerprint, "1h"));
  });

  it("the first keep-alive of a prefix that was granted less than it asked for is not spread", () => {
    const less = aFilledState({ ttl: "1h", grantedTtl: "5m" });
    const read = afterTouch(less, { verdict: "warm" }, 10_000, at, at + SECOND);
    expect(read.dueAt).toBe(dueAt(at, "5m"));
  });

  it("a wait for the next touch holds only where one was set", () => {
    expect(waitsToRetry(aWarmState(), NOON)).toBe(false);
  });
});

describe("the role of a prefix", () => {
  it("beside the live color is told anew at each adoption", () => {
    const beside = adopt(anEntry(), undefined, NOON, true);
    expect(beside.beside).toBe(true);
    expect(adopt(anEntry(), undefined, NOON)).not.toHaveProperty("beside");
    expect(adopt(anEntry(), beside, NOON + 1)).not.toHaveProperty("beside");
    expect(adopt(anEntry(), aWarmState(), NOON + 1, true).beside).toBe(true);
  });

  it("and why the planner left it alone, are forgotten with it", () => {
    const passed = { ...aWarmState(), passed: "unused" } as unknown as PrefixState;
    expect(adopt(anEntry(), passed, NOON + 1)).not.toHaveProperty("passed");
  });

  it("comes with the entry's own values, and no count where the entry has none", () => {
    const { markers: _markers, ...entry } = anEntry({ required: false, ttl: "1h" });
    expect(adopt(anEntry({ required: false, ttl: "1h" }), undefined, NOON)).toStrictEqual({
      ...entry,
      changedAt: [NOON],
      fillsInRow: 0,
      dueAt: NOON,
    });
  });

  it("begins its fills anew with another request for the same bytes, and only then", () => {
    const filled = aFilledState({ fillsInRow: 2 });
    expect(adopt(anEntry(), filled, NOON + 1).fillsInRow).toBe(2);
    expect(adopt(anEntry({ bodyDigest: "other" }), filled, NOON + 1).fillsInRow).toBe(0);
  });
});
