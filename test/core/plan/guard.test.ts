import { describe, expect, it } from "vitest";
import type { Ttl } from "../../../lib/core/due.ts";
import { deadAge } from "../../../lib/core/plan/ages.ts";
import { Guard, type Lead, type Played, type Setting } from "../../../lib/core/plan/guard.ts";
import { USUAL_TARIFF } from "../../../lib/core/plan/tariff.ts";

const TOKENS = 10_000;
const SIZED = { tokens: TOKENS, tariff: USUAL_TARIFF };
const HOUR = 3_600;

const setting = (ttl: Ttl, touches: number): Setting => ({ ttl, touches });

interface Game {
  readonly uses: number;
  /** Seconds between two uses. */
  readonly gap: number;
  /** How the model plays; with 1h writes only, if not said otherwise, without a keep-alive. */
  readonly model: Setting;
  readonly in1h?: Setting;
  readonly only5m?: boolean;
}

function play(guard: Guard, { uses, gap, model, in1h = setting("1h", 0) }: Game): Guard {
  const played: Played = { asAdvised: model, in1h };
  for (let i = 0; i < uses; i++) {
    guard.silence(SIZED, 0, gap, played);
    guard.use(SIZED, gap, played, model.ttl);
    guard.commit(i);
  }
  return guard;
}

const leaderOf = (game: Game): Lead | undefined => play(new Guard(game.only5m ?? false), game).leader(TOKENS);

describe("the model is followed", () => {
  it("as long as it plays no worse than the best plain setting", () => {
    for (const model of [setting("5m", 0), setting("1h", 0)]) {
      expect(leaderOf({ uses: 200, gap: 120, model, in1h: model })).toBeUndefined();
    }
    expect(leaderOf({ uses: 200, gap: 1_500, model: setting("1h", 0) })).toBeUndefined();
  });

  it("before anything was played, and on few uses", () => {
    expect(new Guard(false).leader(TOKENS)).toBeUndefined();
    const game = { gap: 1_500, model: setting("5m", 0) };
    expect(leaderOf({ ...game, uses: 1 })).toBeUndefined();
    expect(leaderOf({ ...game, uses: 30 })).toBeDefined();
  });

  it("again when it has caught up", () => {
    const guard = play(new Guard(false), { uses: 10, gap: 1_500, model: setting("5m", 0) });
    expect(guard.leader(TOKENS)).toBeDefined();
    play(guard, { uses: 6_000, gap: 9_000, model: setting("1h", 3), in1h: setting("1h", 3) });
    expect(guard.leader(TOKENS)).toBeUndefined();
  });
});

describe("a plain setting leads", () => {
  it("with its TTL where the model's own entry is gone at each use", () => {
    expect(leaderOf({ uses: 50, gap: 1_500, model: setting("5m", 0) })?.ttl).toBe("1h");
    expect(leaderOf({ uses: 50, gap: 5_000, model: setting("1h", 0) })).toEqual(setting("1h", 1));
  });

  it("with fewer keep-alives where the model sends them for nobody", () => {
    const lead = leaderOf({ uses: 50, gap: 40 * HOUR, model: setting("1h", 40), in1h: setting("1h", 40) });
    expect(lead?.touches).toBe(0);
  });

  it("with 5m where 1h is not granted", () => {
    const game = { uses: 50, gap: 500, model: setting("5m", 0), only5m: true };
    expect(leaderOf(game)?.ttl).toBe("5m");
    expect(leaderOf(game)?.touches).toBeGreaterThan(0);
    const guard = play(new Guard(false), { ...game, gap: 1_500 });
    expect(guard.leader(TOKENS)?.ttl).toBe("1h");
    guard.restrict(true);
    expect(guard.leader(TOKENS)).toBeUndefined();
    expect(play(guard, game).leader(TOKENS)?.ttl).toBe("5m");
  });

  it("only for prefixes of a size for which enough was played", () => {
    const guard = play(new Guard(false), { uses: 20, gap: 1_500, model: setting("5m", 0) });
    expect(guard.leader(TOKENS)).toBeDefined();
    expect(guard.leader(40 * TOKENS)).toBeUndefined();
  });
});

describe("1h leads the model's own horizons", () => {
  it("where those would have been cheaper with it, and no plain setting is", () => {
    // Four keep-alives of a 1h entry are just right; of the plain settings eleven are the next that reach so far.
    const gap = deadAge(4, "1h") - 60;
    const game = { gap, model: setting("5m", 0), in1h: setting("1h", 4) };
    const plain = leaderOf({ ...game, uses: 100 });
    expect(plain?.ttl).toBe("1h");
    const slightly = play(new Guard(false), { ...game, uses: 500, model: setting("1h", 4) });
    play(slightly, { ...game, uses: 8 });
    expect(slightly.leader(TOKENS)).toEqual({ ttl: "1h", touches: undefined });
    expect(leaderOf({ ...game, uses: 500, model: setting("1h", 4) })).toBeUndefined();
  });
});

describe("what is played on paper", () => {
  it.each([
    ["1h", 0],
    ["1h", 3],
    ["5m", 2],
  ] as const)("is missed by a use after the entry is gone: %s and %d keep-alives", (ttl, touches) => {
    const played: Played = { asAdvised: setting(ttl, touches), in1h: setting("1h", 0) };
    const guard = new Guard(false);
    expect(guard.use(SIZED, deadAge(touches, ttl), played, ttl)).toBe(false);
    expect(guard.use(SIZED, deadAge(touches, ttl) + 1, played, ttl)).toBe(true);
  });

  it("costs the same for all where requests only read", () => {
    const guard = new Guard(false);
    guard.reads(SIZED, 1_000);
    guard.commit(0);
    const accounts = guard.numbers();
    for (const account of accounts) expect(account).toBeCloseTo(100 * SIZED.tokens, 3);
    expect(guard.leader(TOKENS)).toBeUndefined();
  });

  it("counts keep-alives once, in whatever parts a silence is told", () => {
    const played: Played = { asAdvised: setting("1h", 7), in1h: setting("1h", 9) };
    const [whole, parts] = [new Guard(false), new Guard(false)];
    whole.silence(SIZED, 0, 20 * HOUR, played);
    for (let hour = 0; hour < 20; hour++) parts.silence(SIZED, hour * HOUR, (hour + 1) * HOUR, played);
    for (const guard of [whole, parts]) guard.commit(0);
    parts.numbers().forEach((account, player) => {
      expect(account).toBeCloseTo(whole.numbers()[player] ?? Number.NaN, 3);
    });
    // 10,000 tokens read for a tenth, and the touch's own message.
    expect(whole.numbers().at(-2)).toBeCloseTo(7 * 1_012, 3);
    expect(whole.numbers().at(-1)).toBeCloseTo(9 * 1_012, 3);
  });

  it("shows nothing before the end of the tick", () => {
    const guard = new Guard(false);
    guard.use(SIZED, 1_500, { asAdvised: setting("5m", 0), in1h: setting("1h", 0) }, "5m");
    expect(guard.numbers().every((account) => account === 0)).toBe(true);
    guard.commit(0);
    expect(guard.numbers().every((account) => account > 0)).toBe(true);
  });
});

describe("what a 1h first write costs more", () => {
  /** Accounts of the first 5m setting, the last 1h setting, the model, and the model with 1h writes only. */
  const accounts = (guard: Guard) => {
    const [first, ...rest] = guard.numbers().slice(0, 13);
    return [first, ...rest.slice(-3)];
  };

  it.each(["5m", "1h"] as const)("is booked an hour later, for the model if it advises %s so", (ttl) => {
    const guard = new Guard(false);
    guard.firstUse(SIZED, ttl, 100);
    guard.commit(159);
    expect(accounts(guard)).toEqual(Array(4).fill(12_500));
    guard.commit(160);
    expect(accounts(guard)).toEqual([12_500, 20_000, ttl === "1h" ? 20_000 : 12_500, 20_000]);
    guard.commit(161);
    expect(accounts(guard)).toEqual([12_500, 20_000, ttl === "1h" ? 20_000 : 12_500, 20_000]);
  });

  it("adds up within a minute, and keeps minutes apart", () => {
    const guard = new Guard(false);
    for (const minute of [100, 100, 101]) guard.firstUse(SIZED, "1h", minute);
    guard.commit(160);
    expect(accounts(guard)[1]).toBe(3 * 12_500 + 2 * 7_500);
    guard.commit(161);
    expect(accounts(guard)[1]).toBe(3 * 20_000);
  });

  it("is forgotten with the accounts when another game begins", () => {
    const guard = new Guard(false);
    guard.firstUse(SIZED, "1h", 100);
    guard.commit(100);
    guard.restrict(true);
    guard.commit(200);
    expect(guard.numbers()).toEqual(Array(13).fill(0));
  });
});

describe("the accounts", () => {
  it("come back from the store as they were, with what is not booked yet", () => {
    const guard = play(new Guard(false), { uses: 40, gap: 1_500, model: setting("5m", 0) });
    for (const minute of [100, 110]) guard.firstUse(SIZED, "1h", minute);
    guard.commit(111);
    const again = new Guard(false);
    again.firstUse(SIZED, "1h", 1);
    again.commit(1);
    again.restore(guard.numbers());
    expect(again.numbers()).toEqual(guard.numbers());
    expect(again.leader(TOKENS)).toEqual(guard.leader(TOKENS));
    for (const one of [guard, again]) one.commit(170);
    expect(again.numbers()).toEqual(guard.numbers());
    expect(again.numbers()).toHaveLength(13);
  });
});
