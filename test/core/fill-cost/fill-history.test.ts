import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  addHour,
  EMPTY_HISTORY,
  type FillHistory,
  type HistoryHour,
} from "../../../lib/core/fill-cost/fill-history.ts";
import { parseFillHistory, toFillHistoryItem } from "../../../lib/core/fill-cost/fill-history-item.ts";
import { HOUR, NOON } from "../samples.ts";

const NOON_HOUR = NOON / HOUR;
const TODAY = Math.floor(NOON_HOUR / 24);

function anHour(hour: number, fields: Partial<HistoryHour> = {}): HistoryHour {
  return { hour, fillCost: 10, spend: 20, avoided: 300, requests: 4, ...fields };
}

const withHours = (...hours: readonly HistoryHour[]) => hours.reduce(addHour, EMPTY_HISTORY);

const sumOf = (hours: readonly HistoryHour[]) => hours.reduce((sum, { spend }) => sum + spend, 0);

const someHours = fc.array(
  fc.record({
    hour: fc.integer({ min: NOON_HOUR - 150, max: NOON_HOUR }),
    fillCost: fc.nat(1e9),
    spend: fc.nat(1e9),
    avoided: fc.nat(1e9),
    requests: fc.nat(1e6),
  }),
  { maxLength: 60 },
);

describe("addHour", () => {
  it("adds an hour to its day", () => {
    const { hours, days } = withHours(anHour(NOON_HOUR), anHour(NOON_HOUR + 1), anHour(NOON_HOUR + 12));
    expect(hours.map(({ hour }) => hour)).toEqual([NOON_HOUR, NOON_HOUR + 1, NOON_HOUR + 12]);
    expect(days).toEqual([
      { day: TODAY, hours: 2, fillCost: 20, spend: 40, avoided: 600, requests: 8 },
      { day: TODAY + 1, hours: 1, fillCost: 10, spend: 20, avoided: 300, requests: 4 },
    ]);
  });

  it("counts an hour that is added again once, with the larger figures", () => {
    const once = withHours(anHour(NOON_HOUR));
    expect(addHour(once, anHour(NOON_HOUR))).toEqual(once);
    const more = addHour(once, anHour(NOON_HOUR, { fillCost: 25, spend: 5 }));
    expect(more.hours).toEqual([anHour(NOON_HOUR, { fillCost: 25 })]);
    expect(more.days).toMatchObject([{ hours: 1, fillCost: 25, spend: 20 }]);
  });

  it("adds up the same in any order, however often each hour comes", () => {
    fc.assert(
      fc.property(someHours, (hours) => {
        const history = [...hours, ...hours].reduce(addHour, EMPTY_HISTORY);
        expect(history).toEqual([...hours].reverse().reduce(addHour, EMPTY_HISTORY));
        expect(history.days.reduce((sum, { spend }) => sum + spend, 0)).toBe(sumOf(history.hours));
        expect(history.days.reduce((sum, day) => sum + day.hours, 0)).toBe(history.hours.length);
      }),
      { numRuns: 60 },
    );
  });

  it("keeps eight days of hours and 62 days, and counts no hour twice that it has forgotten", () => {
    let history: FillHistory = EMPTY_HISTORY;
    for (let hour = 0; hour < 70 * 24; hour++) history = addHour(history, anHour(NOON_HOUR + hour));
    expect(history.hours).toHaveLength(192);
    expect(history.days).toHaveLength(62);
    expect(addHour(history, anHour(NOON_HOUR + 1))).toEqual(history);
  });
});

describe("a stored history", () => {
  const full: FillHistory = {
    ...withHours(anHour(NOON_HOUR), anHour(NOON_HOUR + 1)),
    normal: {
      hour: NOON_HOUR + 2,
      baseline: { state: "learning", day: 3, fillRate: 5, hourlyPeak: 6, hoursCounted: 50 },
      live: { digest: "d", all: 7, largest: 8 },
    },
    watch: { incident: "1", level: "warning", since: NOON, told: "info", calmSince: NOON + 1 },
    problem: { at: NOON, text: "a line" },
  };

  it.each([full, EMPTY_HISTORY])("is read back without loss", (history) => {
    const stored = JSON.parse(JSON.stringify(toFillHistoryItem(history)));
    expect(parseFillHistory(stored)).toEqual({ history, problems: [] });
  });

  it("of the largest size stays far below what DynamoDB takes", () => {
    let history: FillHistory = full;
    const huge = { fillCost: 1e12, spend: 1e12, avoided: 1e12, requests: 1e9 };
    for (let hour = 0; hour < 70 * 24; hour++) history = addHour(history, anHour(NOON_HOUR + hour, huge));
    expect(JSON.stringify(toFillHistoryItem(history)).length).toBeLessThan(20_000);
  });

  const line = `${NOON_HOUR} 10 20 300 4`;
  const item = { hours: [line], days: [] };

  it.each([
    { damage: "a negative figure", hours: [`${NOON_HOUR + 1} -5 20 300 4`], says: /a line of the hours/ },
    { damage: "a fraction", hours: [`${NOON_HOUR + 1} 0.5 20 300 4`], says: /a line of the hours/ },
    { damage: "a missing figure", hours: [`${NOON_HOUR + 1} 5 20 300`], says: /a line of the hours/ },
    { damage: "no text", hours: [5, null], says: /a line of the hours/ },
    { damage: "an hour twice", hours: [`${NOON_HOUR} 99 99 99 99`], says: /hour \d+ stands twice/ },
  ])("with $damage leaves that out, says so, and keeps the rest", ({ hours, says }) => {
    const { history, problems } = parseFillHistory({ ...item, hours: [...item.hours, ...hours] });
    expect(history.hours).toEqual([anHour(NOON_HOUR)]);
    expect(problems).toHaveLength(hours.length);
    expect(problems[0]).toMatch(says);
  });

  it.each([
    ["hours", "many"],
    ["days", undefined],
    ["normal", { hour: -1 }],
    ["watch", { level: "alarming" }],
  ])("with damaged %s reads the rest", (field, value) => {
    const { history, problems } = parseFillHistory({ ...toFillHistoryItem(full), [field]: value });
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(field);
    expect({ ...full, ...history }).toEqual({ ...full, ...(field.endsWith("s") && { [field]: [] }) });
  });

  it.each([undefined, null, 5, "history", []])("that is %j is empty, and says so", (value) => {
    const { history, problems } = parseFillHistory(value);
    expect(history).toEqual(EMPTY_HISTORY);
    expect(problems).toHaveLength(2);
  });

  it.each([
    ["digits enough for any sum", `${NOON_HOUR} 999999999999999 0 0 0`, true],
    ["a digit more", `${NOON_HOUR} 1000000000000000 0 0 0`, false],
    ["a blank at its end", `${line} `, false],
    ["a blank before it", ` ${line}`, false],
    ["two blanks", line.replace(" ", "  "), false],
    ["a figure too many", `${line} 5`, false],
    ["no figure", "", false],
  ])("has a line with %s: whole %s", (_what, text, isWhole) => {
    const { history, problems } = parseFillHistory({ hours: [text], days: [] });
    expect(history.hours).toHaveLength(isWhole ? 1 : 0);
    expect(problems).toEqual(isWhole ? [] : ["a line of the hours is damaged and left out"]);
  });

  it("with a damaged day leaves that out, and says what it left out", () => {
    const days = [`${TODAY} 24 10 20 300 4`, `${TODAY} 1 1 1 1 1`, `${TODAY + 1} 24 10 20 300`];
    const { history, problems } = parseFillHistory({ hours: [], days });
    expect(history.days).toEqual([
      { day: TODAY, hours: 24, fillCost: 10, spend: 20, avoided: 300, requests: 4 },
    ]);
    expect(problems).toEqual([
      `day ${TODAY} stands twice; the first counts`,
      "a line of the days is damaged and left out",
    ]);
  });

  it.each([
    ["normal", { hour: 0, baseline: { ...full.normal?.baseline, fillRate: 0.5 } }],
    ["normal", { hour: 0, baseline: { ...full.normal?.baseline, state: "guessed" } }],
    ["normal", { ...full.normal, live: { digest: 5, all: 1, largest: 1 } }],
    ["watch", { ...full.watch, since: -1 }],
    ["watch", { ...full.watch, told: "alarming" }],
    ["problem", { at: NOON }],
    ["problem", { at: "noon", text: "a line" }],
  ])("with %s that makes no sense leaves that out by name: %j", (field, value) => {
    const { history, problems } = parseFillHistory({ ...toFillHistoryItem(full), [field]: value });
    expect(problems).toEqual([`${field} is damaged and left out`]);
    expect(history).not.toHaveProperty(field);
  });

  it("that is no object misses both of its lists", () => {
    expect(parseFillHistory("history").problems).toEqual([
      "the list of hours is damaged and left out",
      "the list of days is damaged and left out",
    ]);
  });

  it("is put in order", () => {
    const hours = [`${NOON_HOUR + 3} 1 1 1 1`, line];
    expect(parseFillHistory({ hours, days: [] }).history.hours.map(({ hour }) => hour)).toEqual([
      NOON_HOUR,
      NOON_HOUR + 3,
    ]);
  });
});
