import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { TraceBuilder, TraceError, type TraceRow } from "../../../lib/core/replay/trace.ts";

interface Row extends TraceRow {
  readonly t: number;
  readonly id: string;
}

function built(rows: readonly Row[]) {
  const builder = new TraceBuilder("built");
  for (const { t, id, ...rest } of rows) builder.row(t, id, rest);
  return builder.finish();
}

function read(...lines: readonly string[]) {
  const builder = new TraceBuilder("usage.csv");
  for (const line of lines) builder.line(line);
  return builder.finish();
}

const names = fc.constantFrom("a", "b", "c", "d");
const someRows = fc
  .array(
    fc.record({
      t: fc.nat(1e6),
      id: names,
      tokens: fc.integer({ min: 1, max: 1e6 }),
      replaces: fc.option(names, { nil: "" }),
      stopReason: fc.constantFrom("", "tool_use", "end_turn"),
      sessionEnd: fc.boolean(),
    }),
    { minLength: 1, maxLength: 30 },
  )
  .map((rows) => rows.toSorted((a, b) => a.t - b.t));

/** The rows that the columns hold. */
function rowsOf({ times, tokens, prefix, ids, replaces, ended, stop }: ReturnType<typeof built>): Row[] {
  return Array.from(times, (t, row) => ({
    t,
    id: ids[prefix[row] ?? -1] ?? "none",
    tokens: tokens[row] ?? Number.NaN,
    replaces: (replaces?.[row] ?? 0) === 0 ? "" : (ids[(replaces?.[row] ?? 0) - 1] ?? "none"),
    stopReason: ["", "tool_use", "end_turn"][stop?.[row] ?? 0] ?? "none",
    sessionEnd: ended?.[row] === 1,
  }));
}

describe("a trace's columns", () => {
  it("hold each row as it came, from a generator and from lines of a file", () => {
    fc.assert(
      fc.property(someRows, (rows) => {
        expect(rowsOf(built(rows))).toEqual(rows);
        const lines = rows.map(
          ({ t, id, tokens, replaces, stopReason, sessionEnd }) =>
            `${t},${id},${tokens},${replaces},${stopReason},${sessionEnd ? "1" : "0"}`,
        );
        const header = "t_seconds,prefix_id,prefix_tokens,replaces,stop_reason,session_end";
        expect(rowsOf(read(header, ...lines))).toEqual(rows);
      }),
      { numRuns: 60 },
    );
  });

  it("are there only where a row says something in them", () => {
    const bare = built([
      { t: 0, id: "a", tokens: 1, replaces: "", stopReason: "", sessionEnd: false, closed: false },
    ]);
    expect([bare.replaces, bare.ended, bare.stop, bare.closedDays]).toEqual(Array(4).fill(undefined));
  });

  it("hold as many rows as come, also where a column begins late", () => {
    const count = 2_000;
    const rows = Array.from({ length: count }, (_, i) => ({
      t: i,
      id: `p${i % 7}`,
      tokens: i + 1,
      ...(i >= 1_500 && {
        sessionEnd: i % 3 === 0,
        stopReason: "tool_use",
        replaces: i % 5 === 0 ? "p0" : "",
      }),
    }));
    const trace = built(rows);
    expect([...trace.times]).toEqual(rows.map(({ t }) => t));
    expect([...trace.tokens]).toEqual(rows.map(({ tokens }) => tokens));
    expect([...trace.prefix]).toEqual(rows.map((_, i) => i % 7));
    expect([...(trace.ended ?? [])]).toEqual(rows.map(({ sessionEnd }) => (sessionEnd === true ? 1 : 0)));
    expect([...(trace.stop ?? [])]).toEqual(rows.map(({ t }) => (t >= 1_500 ? 1 : 0)));
    expect([...(trace.replaces ?? [])]).toEqual(rows.map(({ t }) => (t >= 1_500 && t % 5 === 0 ? 1 : 0)));
  });

  it("name each prefix once, in the order in which they are first named", () => {
    const trace = built([
      { t: 0, id: "b", tokens: 1, replaces: "z" },
      { t: 0, id: "a", tokens: 1 },
      { t: 1, id: "z", tokens: 1 },
      { t: 2, id: "b", tokens: 1 },
    ]);
    expect(trace.ids).toEqual(["b", "z", "a"]);
    expect([...trace.prefix]).toEqual([0, 2, 1, 0]);
  });
});

describe("a line of a trace", () => {
  const HEADER = "t_seconds,prefix_id,prefix_tokens,session_end,closed";

  it.each([
    ["1", true],
    ["true", true],
    ['"true"', true],
    [" 1 ", true],
    ["0", false],
    ["", false],
    ["false", false],
    ["yes", false],
    ["TRUE", false],
  ])("takes %j for a yes: %s", (cell, yes) => {
    const trace = read(HEADER, `0,a,5,${cell},${cell}`);
    expect(trace.ended?.[0] === 1).toBe(yes);
    expect(trace.closedDays !== undefined).toBe(yes);
  });

  it.each([
    ['"a"', "a"],
    [' "a" ', "a"],
    [" a ", "a"],
    ['"', '"'],
    ['"a', '"a'],
    ['a"', 'a"'],
  ])("reads the name %j as %j", (cell, name) => {
    expect(read(HEADER, `0,${cell},5`).ids).toEqual([name]);
  });

  it.each([
    ["0", 0],
    ["100000000000", 1e11],
    ["1.5", 1.5],
    ["1e3", 1_000],
  ])("takes %s for an instant", (cell, time) => {
    expect([...read(HEADER, `${cell},a,100000000`).times]).toEqual([time]);
  });

  it.each([
    ["100000000001,a,5", "line 2: t_seconds must be a number from 0 to 100000000000"],
    ["Infinity,a,5", "line 2: t_seconds must be a number from 0"],
    ["0,a,100000001", "line 2: prefix_tokens must be a number from 0 to 100000000"],
    ["0,a,0", "line 2: prefix_tokens must be a whole number above 0"],
    ['0,"",5', "line 2: prefix_id must not be empty"],
  ])("%s is refused", (line, message) => {
    expect(() => read(HEADER, line)).toThrow(TraceError);
    expect(() => read(HEADER, line)).toThrow(`usage.csv, ${message}`);
  });

  it("is counted with those that are empty, and the names of columns may begin with a byte order mark", () => {
    expect(read(`\uFEFF${HEADER}`, "  ", "0,a,5").name).toBe("usage.csv");
    expect(() => read("", HEADER, "\r", "0,a")).toThrow("line 4: prefix_tokens");
  });
});

describe("a row", () => {
  it("is refused where it is wrong, and leaves what came before", () => {
    const builder = new TraceBuilder("built");
    builder.row(5, "a", { tokens: 1 });
    expect(() => builder.row(4, "a", { tokens: 1 })).toThrow("t_seconds must not fall (5 came before it)");
    expect(() => builder.row(6, "", { tokens: 1 })).toThrow("prefix_id must not be empty");
    builder.row(5, "b", { tokens: 1 });
    expect([...builder.finish().times]).toEqual([5, 5]);
  });

  it("has an error that is told apart from others by its name", () => {
    const failure = new TraceError("why");
    expect([failure.name, failure.message]).toEqual(["TraceError", "why"]);
  });
});
