import { describe, expect, it } from "vitest";
import { resolveConfig } from "../../lib/core/config.ts";
import { type Ledger, reserve, rollOver, settle } from "../../lib/core/ledger.ts";
import { sha256 } from "../../lib/core/prefix.ts";
import { afterTouch, isAlive, type PrefixState } from "../../lib/core/prefix-state.ts";
import { anEntry } from "../core/samples.ts";
import { HOUR, MemoryWorld, MINUTE } from "../support/memory/world.ts";
import { TEST_OPTIONS } from "../support/options.ts";

const DAY = 24 * HOUR;
const TOKENS = 12_000;
/** claude-sonnet-5-5: 4 USD a million tokens written for an hour, 0.10 read. */
const WRITE = TOKENS * 4;
const READ = TOKENS * 0.1;
const NO_LIMIT = { hourly: 1e12, daily: 1e12 };

/**
 * 1h prefixes over days, touched minute by minute as their due times say: a read while one is alive, a write when it is
 * not. The ledger and the monitor are the real ones; provider and warm cycle would take an hour.
 */
class Days {
  readonly world: MemoryWorld;
  #ledger: Ledger;
  readonly #due = new Map<number, PrefixState[]>();
  /** Fill cost by hour, written down apart from the ledger. */
  readonly filledIn = new Map<number, number>();
  fills = 0;

  private constructor(world: MemoryWorld, prefixes: number) {
    this.world = world;
    this.#ledger = world.control.control.ledger;
    const { markers: _markers, ...entry } = anEntry({ ttl: "1h", countedTokens: TOKENS });
    for (let i = 0; i < prefixes; i++) {
      const state = { ...entry, fingerprint: sha256(`prefix ${i}`), name: `p${i}`, fillsInRow: 0, dueAt: 0 };
      this.#plan(state, world.now);
    }
  }

  static async of(prefixes: number, usdPerHour: number): Promise<Days> {
    const world = new MemoryWorld({
      config: resolveConfig({
        ...TEST_OPTIONS,
        expected: { prefixes, tokensPerPrefix: TOKENS, model: "claude-sonnet-5-5", ttl: "1h" },
        costGuardrails: { maxHourlyFillCost: usdPerHour, maxDailyFillCost: 10 * usdPerHour },
        concurrency: 64,
      }),
    });
    await world.init("blue");
    const days = new Days(world, prefixes);
    await world.prefixes.save([...days.#due.values()].flat());
    return days;
  }

  /** Lets time pass; the monitor looks every twentieth minute, and in each that follows a fill. */
  async pass(ms: number): Promise<void> {
    const end = this.world.now + ms;
    while (this.world.now < end) {
      const filled = this.#minute();
      const number = Math.floor(this.world.now / MINUTE);
      await this.world.pass(MINUTE);
      if (filled || number % 20 === 0) await this.#look();
    }
  }

  /** The provider drops one prefix before its time. */
  evict(): void {
    const [minute, states = []] = [...this.#due].find(([, waiting]) => waiting.length > 0) ?? [];
    const [state, ...rest] = states;
    if (minute === undefined || state === undefined) throw new Error("nothing is planned");
    this.#due.set(minute, [...rest, { ...state, lastStart: 0 }]);
  }

  /** The largest ratio of each look since an instant. */
  ratios(since = 0): number[] {
    return this.world.metrics.points.flatMap(({ name, value, at }) =>
      name === "SpikeRatio" && at >= since ? [value] : [],
    );
  }

  #plan(state: PrefixState, earliest: number): void {
    const minute = Math.max(Math.ceil(state.dueAt / MINUTE), Math.floor(earliest / MINUTE));
    this.#due.set(minute, [...(this.#due.get(minute) ?? []), state]);
  }

  #minute(): boolean {
    const { now } = this.world;
    const minute = Math.floor(now / MINUTE);
    const due = this.#due.get(minute) ?? [];
    this.#due.delete(minute);
    if (due.length === 0) return false;
    const writes = due.filter((state) => !isAlive(state, now)).length;
    for (const state of due) {
      const judgement = isAlive(state, now)
        ? ({ verdict: "warm" } as const)
        : ({ verdict: "filled", measuredTokens: TOKENS, grantedTtl: "1h" } as const);
      this.#plan(afterTouch(state, judgement, TOKENS, now, now + 900), now + MINUTE);
    }
    const cost = writes * WRITE + (due.length - writes) * READ;
    const reserved = reserve(rollOver(this.#ledger, now), `run.${minute}`, [cost], NO_LIMIT, now).ledger;
    const counts = { now, fills: writes, unexpected: 0, failed: 0 };
    this.#ledger = settle(reserved, `run.${minute}`, cost, writes * WRITE, counts);
    const hour = Math.floor(now / HOUR);
    this.filledIn.set(hour, (this.filledIn.get(hour) ?? 0) + writes * WRITE);
    this.fills += writes;
    return writes > 0;
  }

  async #look(): Promise<void> {
    this.world.control.edit((control) => ({ ...control, ledger: this.#ledger }));
    await this.world.monitor();
    this.#ledger = this.world.control.control.ledger;
  }
}

describe("a quiet week", () => {
  it("of 1,000 steady 1h prefixes never reaches info, and its baseline is that of its fills", async () => {
    const days = await Days.of(1_000, 200);
    await days.pass(4 * DAY);
    // A run of the monitor dies in the middle.
    days.world.control.failNext("write", "unavailable");
    await days.pass(4 * DAY);
    expect(days.fills).toBe(1_000);
    expect(days.ratios().length).toBeGreaterThan(60);
    expect(Math.max(...days.ratios())).toBe(0);
    expect(days.world.notifier.heard).toEqual([]);
    const { hours, normal } = days.world.history.history;
    expect(hours.length).toBeGreaterThanOrEqual(190);
    for (const { hour, fillCost } of hours) expect(fillCost).toBe(days.filledIn.get(hour) ?? 0);
    expect(normal?.baseline).toMatchObject({ state: "known", fillRate: 0, hourlyPeak: 0, hoursCounted: 168 });
  });

  it.each([1, 20])("of %i prefixes with one legitimate fill makes no alarm", async (prefixes) => {
    const days = await Days.of(prefixes, Math.max(0.3, prefixes / 8));
    await days.pass(7.5 * DAY);
    const at = days.world.now;
    days.evict();
    await days.pass(2 * HOUR);
    expect(days.fills).toBe(prefixes + 1);
    expect(Math.max(...days.ratios(at))).toBeGreaterThan(0);
    expect(Math.max(...days.ratios())).toBeLessThanOrEqual(1.5);
    expect(days.world.notifier.heard).toEqual([]);
  });
});
