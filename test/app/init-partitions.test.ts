import { describe, expect, it } from "vitest";
import { initWarmer } from "../../lib/app/init.ts";
import { beginPartitions } from "../../lib/app/init-partitions.ts";
import { resolveConfig } from "../../lib/core/config.ts";
import { type Control, newControl } from "../../lib/core/control.ts";
import { emptyLedger, type Ledger, reserve } from "../../lib/core/ledger.ts";
import { openWindows } from "../../lib/core/open-windows.ts";
import { guardrailsFor, SHARE_STEPS } from "../../lib/core/partitions.ts";
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

/** A table with the control items of these partitions; "" is the warmer without them. */
function aTable(items: Readonly<Record<string, MemoryControl>> = {}) {
  const controls = new Map(Object.entries(items));
  const controlOf = (name = "") => {
    const control = controls.get(name) ?? new MemoryControl();
    controls.set(name, control);
    return control;
  };
  return { controlOf, ledgerOf: (name: string) => controlOf(name).control.ledger };
}

const SHARES = new Map([
  ["eu", 700],
  ["us", 300],
]);

const begin = (
  { controlOf }: ReturnType<typeof aTable>,
  { shares = SHARES, guardrails = WHOLE.guardrails, now = START } = {},
) => beginPartitions(controlOf, shares, guardrails, now, "init");

/** `warmer init` of what is configured, on a table. */
async function init(table: ReturnType<typeof aTable>, shares: ReadonlyMap<string, number> = SHARES) {
  const beginning = await begin(table, { shares: new Map(shares) });
  for (const [name, share] of shares) {
    const ports = {
      clock,
      control: table.controlOf(name),
      prefixes: { any: async () => false },
      liveColor: { create: async () => true, write: async () => 1 },
    };
    await initWarmer(ports, "blue", "init", (empty) => beginning(empty, share));
  }
  return table;
}

/** Tables after it, where the warmer without partitions had spent so much; `undefined`: there was none. */
const afterInit = (before: { readonly hour: number; readonly day: number } | undefined) =>
  init(aTable(before && { "": controlWith(before) }));

/** The most that a ledger with a share lets through at an instant, in USD. */
function mostAt(ledger: Ledger, share: number, now: number): number {
  const guardrails = guardrailsFor(WHOLE.guardrails, share / SHARE_STEPS);
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
    const { ledgerOf } = await afterInit(spent);
    expect(mostAt(ledgerOf("eu"), 700, START)).toBe(eu);
    expect(mostAt(ledgerOf("us"), 300, START)).toBe(us);
  });

  it("binds no later hour, and no later day", async () => {
    const { ledgerOf } = await afterInit({ hour: 10, day: 10 });
    // Of the day ten dollars are left, of which seven tenths are this one's.
    expect(mostAt(ledgerOf("eu"), 700, START + HOUR)).toBe(7);
    expect(mostAt(ledgerOf("eu"), 700, START + DAY)).toBe(7);
  });

  it("counts only what another one spent beyond what is still its own", async () => {
    const table = await init(aTable({ eu: controlWith({ hour: 8.5, day: 8.5 }) }));
    expect(mostAt(table.ledgerOf("us"), 300, START)).toBe(1.5);
  });

  it("counts what a partition spent that was removed, under whatever name its share comes back", async () => {
    const table = await afterInit(undefined);
    table.controlOf("us").edit((control) => {
      const { ledger } = control;
      const spent = 1.5 * USD;
      const spend = { hour: { ...ledger.hour, spent }, day: { ...ledger.day, spent } };
      return { ...control, ledger: { ...ledger, ...spend } };
    });
    const renamed = new Map([
      ["eu", 700],
      ["asia", 300],
    ]);
    await init(table, renamed);
    expect(mostAt(table.ledgerOf("asia"), 300, START)).toBe(1.5);
    expect(table.controlOf().control.partitions).toEqual(["us", "eu", "asia"]);
  });

  it("keeps the names of those that are configured, and of the last that were removed", async () => {
    const table = aTable();
    for (let i = 0; i < 40; i++) await begin(table, { shares: new Map([[`p${i}`, 1]]) });
    await begin(table);
    const { partitions = [] } = table.controlOf().control;
    expect(partitions).toHaveLength(32);
    expect(partitions.slice(-3)).toEqual(["p39", "eu", "us"]);
  });

  it("counts against the absolute maximum where the daily limit only tells", async () => {
    const guardrails = { ...WHOLE.guardrails, actionOnLimit: "alert_only" as const };
    const table = aTable({ "": controlWith({ hour: 30, day: 30 }) });
    const beginning = await begin(table, { guardrails });
    // Three times the daily limit is 60 USD: half of it is left.
    expect(beginning(emptyLedger(START), 700).day.usable).toBe(500);
  });

  it("knows their shares from the beginning: one that grows before the first run counts as grown", async () => {
    const { ledgerOf } = await afterInit(undefined);
    // The three dollars of its share before, less what parts of a thousandth come to.
    expect(mostAt(ledgerOf("us"), 700, START)).toBe(2.9);
  });

  /** A control item with a share, changed so. */
  const controlOf = (share: number | undefined, changed: Partial<Control>) => {
    const control = controlWith({ hour: 0, day: 0 });
    control.edit(({ ledger, ...rest }) => ({
      ...rest,
      ledger: { ...ledger, ...(share !== undefined && { share }) },
      ...changed,
    }));
    return control;
  };
  const RUNNING = { lease: { owner: "run", until: START + 120_000 } };
  const RAN = { lastCycle: { startedAt: START - 1_000, finishedAt: START, outcome: "warmed" as const } };

  it.each([
    { name: "", says: "the warmer without partitions", noted: undefined, work: RUNNING },
    { name: "", says: "the warmer without partitions", noted: undefined, work: RAN },
    { name: "us", says: "us", noted: 301, work: RUNNING },
    { name: "us", says: "us", noted: 301, work: RAN },
  ])("waits for $says, whose function would spend unseen: $work", async ({ name, says, noted, work }) => {
    const table = aTable({ [name]: controlOf(noted, work) });
    const before = table.controlOf().item;
    await expect(begin(table, { now: START + 119_999 })).rejects.toThrow(
      `${says} may still spend by a larger share of the limits. Run init again after 2026-11-20T08:05:00.000Z`,
    );
    expect(table.controlOf().item).toBe(before);
    await expect(begin(table, { now: START + 120_000 })).resolves.toBeDefined();
  });

  it("waits for a partition that is configured no more", async () => {
    const table = await afterInit(undefined);
    table.controlOf("us").edit((control) => ({ ...control, ...RAN }));
    const shares = new Map([["europe", 700]]);
    await expect(begin(table, { shares })).rejects.toThrow(/^us may still spend/);
  });

  it("waits for no run of a partition that keeps its share, or has more by now", async () => {
    for (const noted of [299, 300])
      await expect(begin(aTable({ us: controlOf(noted, RUNNING) }))).resolves.toBeDefined();
  });

  it("waits for nobody, and writes nothing, where no ledger is new", async () => {
    const eu = controlOf(701, RUNNING);
    const table = aTable({ "": controlOf(undefined, RAN), eu, us: controlOf(300, {}) });
    const { item } = table.controlOf();
    await expect(begin(table)).resolves.toBeDefined();
    expect(table.controlOf().item).toBe(item);
  });

  it("begins nothing while another ledger cannot be read: what it spent is unknown", async () => {
    const control = controlWith({ hour: 1, day: 1 });
    control.failNext("read", "unavailable");
    await expect(begin(aTable({ "": control }))).rejects.toThrow(/control item/);
  });

  it("begins nothing if a run of the warmer before them writes meanwhile", async () => {
    const control = controlWith({ hour: 1, day: 1 });
    control.write = async () => false;
    await expect(begin(aTable({ "": control }))).rejects.toThrow(/Run init again/);
  });
});

describe("a warmer that becomes whole again", () => {
  it.each([{ before: undefined }, { before: { hour: 1, day: 1 } }])(
    "spends nothing in the open hour and day, which partitions may have used up ($before)",
    async ({ before }) => {
      const { controlOf } = await afterInit(before);
      const whole = openWindows(controlOf().control.ledger, {}, START);
      const most = (now: number) =>
        reserve(openWindows(whole, {}, now), "a", [1], WHOLE.guardrails, now).granted;
      expect(most(START)).toBe(0);
      // The hour is whole, the day is not.
      expect(most(START + HOUR)).toBe(0);
      expect(most(START + DAY)).toBe(1);
    },
  );
});
