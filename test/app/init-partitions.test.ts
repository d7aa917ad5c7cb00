import { describe, expect, it } from "vitest";
import { beginningBeside, initWarmer } from "../../lib/app/init.ts";
import { resolveConfig } from "../../lib/core/config.ts";
import { newControl } from "../../lib/core/control.ts";
import { openWindows } from "../../lib/core/guardrails.ts";
import { emptyLedger, type Ledger, reserve } from "../../lib/core/ledger.ts";
import { configsOf } from "../../lib/core/partitions.ts";
import { MemoryControl } from "../support/memory/control.ts";
import { HOUR, START } from "../support/memory/world.ts";
import { TEST_OPTIONS } from "../support/options.ts";

const WHOLE = resolveConfig({
  ...TEST_OPTIONS,
  costGuardrails: { maxHourlyFillCost: 10, maxDailyFillCost: 20 },
  partitions: [
    { name: "eu", share: 0.7 },
    { name: "us", share: 0.3 },
  ],
});
const USD = 1_000_000;
const DAY = 24 * HOUR;
const clock = { now: () => START, sleep: async () => {} };

/** A control item whose windows have spent so much; `undefined` for one that was never created. */
function controlWith(spent: { readonly hour: number; readonly day: number } | undefined): MemoryControl {
  const control = new MemoryControl();
  if (spent === undefined) return control;
  const empty = emptyLedger(START);
  const ledger = {
    ...empty,
    hour: { ...empty.hour, spent: spent.hour * USD },
    day: { ...empty.day, spent: spent.day * USD },
  };
  void control.write({ ...newControl(START), ledger }, undefined, "before");
  return control;
}

/** `warmer init` of partitions, beside what the warmer without them has spent; `undefined`: there was none. */
async function ledgersAfterInit(before: { readonly hour: number; readonly day: number } | undefined) {
  const parts = configsOf(WHOLE).map((config) => ({ config, control: new MemoryControl() }));
  const ledgers = parts.map(({ config, control }) => ({ control, share: config.guardrails.share ?? 0 }));
  const forerunner = { control: controlWith(before), share: 0 };
  const begin = await beginningBeside([...ledgers, forerunner], WHOLE.guardrails, START);
  for (const { config, control } of parts) {
    const { share = 0 } = config.guardrails;
    const ports = {
      clock,
      control,
      prefixes: { any: async () => false },
      liveColor: { create: async () => true, write: async () => 1 },
    };
    await initWarmer(ports, "blue", "init", (empty) => begin(empty, share));
  }
  return parts.map(({ config, control }) => ({ config, ledger: control.control.ledger }));
}

/** The most that a ledger lets through at an instant, in USD. */
function mostAt(ledger: Ledger, guardrails: (typeof WHOLE)["guardrails"], now: number): number {
  const open = openWindows(ledger, guardrails, now);
  const { granted } = reserve(open, "a", new Array(200).fill(USD / 10), guardrails, now);
  return granted / 10;
}

describe("init of a warmer's new partitions", () => {
  it.each([
    { spent: undefined, eu: 7, us: 3 },
    { spent: { hour: 0, day: 0 }, eu: 7, us: 3 },
    { spent: { hour: 4, day: 4 }, eu: 4.2, us: 1.8 },
    { spent: { hour: 4, day: 15 }, eu: 3.5, us: 1.5 },
    { spent: { hour: 10, day: 10 }, eu: 0, us: 0 },
    { spent: { hour: 0, day: 20 }, eu: 0, us: 0 },
  ])("leaves the hour and the day what the warmer before them did: $spent", async ({ spent, eu, us }) => {
    const [first, second] = await ledgersAfterInit(spent);
    expect(
      mostAt(first?.ledger ?? emptyLedger(START), first?.config.guardrails ?? WHOLE.guardrails, START),
    ).toBe(eu);
    expect(
      mostAt(second?.ledger ?? emptyLedger(START), second?.config.guardrails ?? WHOLE.guardrails, START),
    ).toBe(us);
  });

  it("binds no later hour, and no later day", async () => {
    const [first] = await ledgersAfterInit({ hour: 10, day: 10 });
    const { ledger, config } = first ?? { ledger: emptyLedger(START), config: WHOLE };
    // Of the day ten dollars are left, of which seven tenths are this one's.
    expect(mostAt(ledger, config.guardrails, START + HOUR)).toBe(7);
    expect(mostAt(ledger, config.guardrails, START + DAY)).toBe(7);
  });

  it("counts only what another one spent beyond what is still its own", async () => {
    const eu = { control: controlWith({ hour: 8.5, day: 8.5 }), share: 700 };
    const us = { control: new MemoryControl(), share: 300 };
    const begin = await beginningBeside([eu, us], WHOLE.guardrails, START);
    const [, config = WHOLE] = configsOf(WHOLE);
    expect(mostAt(begin(emptyLedger(START), 300), config.guardrails, START)).toBe(1.5);
  });

  it("counts against the absolute maximum where the daily limit only tells", async () => {
    const guardrails = { ...WHOLE.guardrails, actionOnLimit: "alert_only" as const };
    const forerunner = { control: controlWith({ hour: 30, day: 30 }), share: 0 };
    const fresh = { control: new MemoryControl(), share: 1_000 };
    const begin = await beginningBeside([forerunner, fresh], guardrails, START);
    // Three times the daily limit is 60 USD: half of it is left.
    expect(begin(emptyLedger(START), 1_000).day.usable).toBe(500);
  });

  it("knows its share from the beginning: one that grows before the first run counts as grown", async () => {
    const [, us] = await ledgersAfterInit(undefined);
    const { ledger, config } = us ?? { ledger: emptyLedger(START), config: WHOLE };
    const grown = { ...config.guardrails, hourly: 7 * USD, daily: 14 * USD, share: 700 };
    // The three dollars of its share before, less what parts of a thousandth come to.
    expect(mostAt(ledger, grown, START)).toBe(2.9);
  });

  const lasting = (until: number, share?: number) => {
    const control = controlWith({ hour: 0, day: 0 });
    control.edit(({ ledger, ...rest }) => ({
      ...rest,
      ledger: { ...ledger, ...(share !== undefined && { share }) },
      lease: { owner: "run", until },
    }));
    return control;
  };

  it.each([
    { what: "the warmer before them", share: 0, noted: undefined },
    { what: "a partition that has less by now", share: 300, noted: 301 },
  ])("waits for a run of $what, which would spend unseen", async ({ share, noted }) => {
    const until = START + 60_000;
    const begin = (now: number) =>
      beginningBeside([{ control: lasting(until, noted), share }], WHOLE.guardrails, now);
    await expect(begin(until - 1)).rejects.toThrow(
      /may be at work until 2026-11-20T08:04:00.000Z.*Run init again/,
    );
    await expect(begin(until)).resolves.toBeDefined();
  });

  it("waits for no run of a partition that keeps its share, or has more by now", async () => {
    for (const noted of [299, 300]) {
      const ledgers = [{ control: lasting(START + 60_000, noted), share: 300 }];
      await expect(beginningBeside(ledgers, WHOLE.guardrails, START)).resolves.toBeDefined();
    }
  });

  it("begins nothing while another ledger cannot be read: what it spent is unknown", async () => {
    const control = controlWith({ hour: 1, day: 1 });
    control.failNext("read", "unavailable");
    const ledgers = [{ control, share: 0 }];
    await expect(beginningBeside(ledgers, WHOLE.guardrails, START)).rejects.toThrow(/control item/);
  });
});
