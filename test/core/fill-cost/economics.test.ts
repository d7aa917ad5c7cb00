import { describe, expect, it } from "vitest";
import { avoidedCost, monthReport, netSaving } from "../../../lib/core/fill-cost/economics.ts";
import {
  addHour,
  EMPTY_HISTORY,
  type FillHistory,
  type HistoryHour,
} from "../../../lib/core/fill-cost/fill-history.ts";
import { UNMARKED, type UsageRecord } from "../../../lib/core/usage/usage-record.ts";
import { anEntry, aUse, DAY, HOUR, NOON } from "../samples.ts";

const USED = anEntry().fingerprint;

function aRecord(...prefixes: UsageRecord["prefixes"]): UsageRecord {
  return { minute: NOON, writer: "w", part: 0, lost: 0, prefixes };
}

const as = (ttl: "5m" | "1h") => (fingerprint: string) => (fingerprint === USED ? ttl : undefined);

describe("the avoided cost", () => {
  // claude-sonnet-5-5: 2.50 USD a million tokens written for 5m, 4 for 1h, 0.10 read.
  it.each([
    ["5m", 240_000],
    ["1h", 390_000],
  ] as const)("of a read is the write of its TTL (%s) less the read", (ttl, avoided) => {
    const record = aRecord(aUse({ readTokens: 100_000, requests: 10 }));
    expect(avoidedCost([record], as(ttl))).toEqual({ avoided, requests: 10 });
  });

  it.each([
    ["what the application had to write", { readTokens: 0, write1hTokens: 100_000, cold: 10 }],
    ["a prefix that the warmer does not keep warm", { fingerprint: "f".repeat(64) }],
    ["requests without a prefix", { fingerprint: UNMARKED }],
    ["a model without a price", { model: "other" }],
    ["no request", { requests: 0 }],
  ])("of %s is nothing", (_what, fields) => {
    expect(avoidedCost([aRecord(aUse(fields))], as("1h")).avoided).toBe(0);
  });

  it("follows the price step at large prompts, by the size of one request", () => {
    // claude-haiku-5-5: 0.2 and 0.01 USD up to 100,000 tokens, 1 and 0.05 above.
    const haiku = (requests: number) =>
      avoidedCost([aRecord(aUse({ model: "claude-haiku-5-5", readTokens: 200_000, requests }))], as("1h"));
    expect(haiku(10).avoided).toBe(38_000);
    expect(haiku(1).avoided).toBe(190_000);
  });

  it("is rounded down once", () => {
    const record = aRecord(aUse({ readTokens: 1 }), aUse({ readTokens: 1 }));
    expect(avoidedCost([record], as("5m")).avoided).toBe(4);
  });
});

const TODAY = Math.floor(NOON / DAY);

/** Seven whole days and today, each hour the same. */
function aWeek(fields: Partial<HistoryHour> = {}, days = 7): FillHistory {
  let history = EMPTY_HISTORY;
  for (let hour = (TODAY - days) * 24; hour < NOON / HOUR; hour++) {
    history = addHour(history, { hour, fillCost: 1, spend: 10, avoided: 30, requests: 5, ...fields });
  }
  return history;
}

const INIT = NOON - 100 * DAY;

describe("the net saving", () => {
  it("is what seven whole days avoided, less what they cost", () => {
    expect(netSaving(aWeek(), INIT, NOON)).toBe(168 * 20);
    expect(netSaving(aWeek({}, 8), INIT, NOON)).toBe(168 * 20);
  });

  it("is negative for a warmer that costs more than it saves", () => {
    expect(netSaving(aWeek({ avoided: 9 }), INIT, NOON)).toBe(-168);
  });

  it.each([
    { what: "before there are seven whole days", history: aWeek(), since: TODAY * DAY - 7 * DAY + 1 },
    { what: "when two days are missing", history: aWeek({}, 5), since: INIT },
    { what: "without a record of any application", history: aWeek({ requests: 0 }), since: INIT },
    { what: "without a history", history: EMPTY_HISTORY, since: INIT },
  ])("is unknown $what", ({ history, since }) => {
    expect(netSaving(history, since, NOON)).toBeUndefined();
  });

  it("is known with a day missing, and from the seventh whole day on", () => {
    expect(netSaving(aWeek({}, 6), (TODAY - 7) * DAY, NOON)).toBe(144 * 20);
  });

  it("counts a week without requests as one that saved nothing, once the application has recorded", () => {
    const before = addHour(EMPTY_HISTORY, {
      hour: (TODAY - 20) * 24,
      fillCost: 0,
      spend: 0,
      avoided: 9,
      requests: 1,
    });
    const silent = aWeek({ avoided: 0, requests: 0 });
    const history = { ...silent, days: [...before.days, ...silent.days] };
    expect(netSaving(history, INIT, NOON)).toBe(-1_680);
  });
});

describe("the report of a month", () => {
  it("adds up its days, and no other's", () => {
    // Noon is the 21st of November.
    const report = monthReport(aWeek({}, 30), "2026-11", INIT, NOON);
    const hours = 20 * 24 + 12;
    expect(report).toMatchObject({ hours, hoursElapsed: hours, spend: 10 * hours, netSaving: 20 * hours });
    expect(report.days).toHaveLength(21);
    expect(monthReport(aWeek({}, 30), "2026-10", INIT, NOON)).toMatchObject({
      hours: 240,
      hoursElapsed: 744,
    });
    expect(monthReport(aWeek({}, 30), "2026-12", INIT, NOON)).toMatchObject({ hours: 0, hoursElapsed: 0 });
  });

  it("expects no hours from before init", () => {
    expect(monthReport(aWeek(), "2026-11", NOON - 10 * HOUR, NOON).hoursElapsed).toBe(10);
  });

  it.each([
    { fillCost: 5, avoided: 100, spend: 20, verdict: "healthy", fillShare: 0.05 },
    { fillCost: 15, avoided: 100, spend: 20, verdict: "healthy", fillShare: 0.15 },
    { fillCost: 4.9, avoided: 100, spend: 20, verdict: "fills_cost_little", fillShare: 0.049 },
    { fillCost: 15.1, avoided: 100, spend: 20, verdict: "fills_cost_much", fillShare: 0.151 },
    { fillCost: 15.1, avoided: 19, spend: 20, verdict: "costs_more_than_it_saves", fillShare: 0.795 },
    { fillCost: 20, avoided: 20, spend: 20, verdict: "fills_cost_much", fillShare: 1 },
  ])(
    "calls fills of $fillCost for $avoided avoided and $spend spent $verdict",
    ({ verdict, fillShare, ...fields }) => {
      const report = monthReport(aWeek(fields), "2026-11", INIT, NOON);
      expect(report.verdict).toBe(verdict);
      expect(report.fillShare).toBeCloseTo(fillShare, 3);
    },
  );

  it("knows nothing of savings that nobody recorded", () => {
    const report = monthReport(aWeek({ avoided: 0, requests: 0 }), "2026-11", INIT, NOON);
    expect(report.verdict).toBe("unknown");
    expect(report).not.toHaveProperty("fillShare");
  });
});
