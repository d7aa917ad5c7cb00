import { describe, expect, it } from "vitest";
import { optimaOf } from "../../../lib/core/replay/compare.ts";
import { replayPicture } from "../../../lib/core/replay/picture.ts";
import { replay, tariffsOf } from "../../../lib/core/replay/report.ts";
import { TraceBuilder, TraceError } from "../../../lib/core/replay/trace.ts";

const HEADER = "t_seconds,prefix_id,prefix_tokens";
const NOW = Date.UTC(2026, 10, 21);

function read(...lines: readonly string[]) {
  const builder = new TraceBuilder("usage");
  for (const line of lines) builder.line(line);
  return builder.finish();
}

describe("a trace", () => {
  it("keeps rows in order, two equal rows as two requests, and takes columns in any order", () => {
    const trace = read("prefix_tokens, prefix_id ,t_seconds\r", "10,a,0.5\r", "", "10,a,0.5", '20,"b",7');
    expect([...trace.times]).toEqual([0.5, 0.5, 7]);
    expect([...trace.tokens]).toEqual([10, 10, 20]);
    expect([...trace.prefix].map((at) => trace.ids[at])).toEqual(["a", "a", "b"]);
    expect([trace.replaces, trace.ended, trace.stop]).toEqual([undefined, undefined, undefined]);
  });

  it("takes what the product knows from optional columns", () => {
    const trace = read(
      `${HEADER},replaces,stop_reason,session_end`,
      "0,a,5,,tool_use,",
      "1,a,5,,end_turn,true",
      "2,b,5,a,,0",
    );
    expect([...(trace.stop ?? [])]).toEqual([1, 2, 0]);
    expect([...(trace.ended ?? [])]).toEqual([0, 1, 0]);
    expect([...(trace.replaces ?? [])]).toEqual([0, 0, 1]);
  });

  it("has the days that its requests call closed, in UTC, each once", () => {
    const rows = ["86399,a,5,", "86400,a,5,1", "172799,b,5,true", "172800,b,5,0", "259200,b,5,1"];
    expect(read(`${HEADER},closed`, ...rows).closedDays).toEqual(["1970-01-02", "1970-01-04"]);
    expect(read(HEADER, "1,a,5").closedDays).toBeUndefined();
  });

  it.each([
    ["no line", [], "line 1: the file must not be empty"],
    ["no request", [HEADER], "line 1: a request must follow the names of the columns"],
    ["a missing column", ["t_seconds,prefix_id", "1,a"], "must name the column prefix_tokens"],
    [
      "no names of columns",
      ["1,a,5"],
      'must name the column t_seconds (needed: t_seconds,prefix_id,prefix_tokens), got: "1,a,5"',
    ],
    [
      "times that fall",
      [HEADER, "5,a,1", "4,a,1"],
      "line 3: t_seconds must not fall (5 came before it); sort the file by time, got: 4",
    ],
    [
      "a negative time",
      [HEADER, "-1,a,1"],
      'line 2: t_seconds must be a number from 0 to 100000000000, got: "-1"',
    ],
    ["a time that is none", [HEADER, "noon,a,1"], 'got: "noon"'],
    ["no time", [HEADER, ",a,1"], 'line 2: t_seconds must be a number from 0 to 100000000000, got: ""'],
    ["no prefix", [HEADER, "1,,1"], "line 2: prefix_id must not be empty"],
    ["no tokens", [HEADER, "1,a"], 'line 2: prefix_tokens must be a number from 0 to 100000000, got: ""'],
    ["tokens in parts", [HEADER, "1,a,1.5"], "prefix_tokens must be a whole number above 0"],
    ["an escape sequence", [HEADER, "1,a,\u001b[31m"], 'got: "\\u001b[31m"'],
  ])("with %s is refused, and the message says where and what", (_what, lines, message) => {
    expect(() => read(...lines)).toThrow(TraceError);
    expect(() => read(...lines)).toThrow(message);
  });

  it("of a million rows is held in columns", () => {
    const builder = new TraceBuilder("large");
    for (let i = 0; i < 1_000_000; i++) builder.row(i, `p${i % 100}`, { tokens: 10 });
    const { times, ids } = builder.finish();
    expect([times.length, times.at(-1), ids.length]).toEqual([1_000_000, 999_999, 100]);
  });
});

describe("a replay", () => {
  const trace = read(HEADER, ...Array.from({ length: 60 }, (_, i) => `${i * 1500},a${i % 2},120000`));

  it("says in dollars what each policy would have cost, the cheapest first", () => {
    const tariffFor = tariffsOf("claude-sonnet-4-6", NOW);
    expect(tariffFor).toBeDefined();
    if (tariffFor === undefined) return;
    const done = replay(trace, "claude-sonnet-4-6", tariffFor, ["off", "always", "adaptive"], 0.5);
    const usd = done.policies.map((one) => one.usd);
    expect(usd).toEqual(usd.toSorted((a, b) => a - b));
    const off = done.policies.find(({ policy }) => policy === "off");
    // Every request writes: 60 x 120,000 tokens x 1.25 x $3 per million.
    expect(off?.usd).toBeCloseTo(27, 6);
    expect(done.optimum.usd * (off?.ratio ?? 0)).toBeCloseTo(27, 6);
    const svg = replayPicture({ ...done, name: "<usage>" });
    expect(svg).toContain("&#60;usage&#62;");
    expect(svg.match(/<rect x=/g)).toHaveLength(3);
  });

  it("takes the prices of the model at the prompt's size, and knows no price of an unknown one", () => {
    const haiku = tariffsOf("claude-haiku-5-5", NOW);
    expect([100_000, 100_001].map((tokens) => haiku?.(tokens).input)).toEqual([100_000, 500_000]);
    expect(tariffsOf("no-such-model", NOW)).toBeUndefined();
  });

  it("charges what no cache takes at its price in the optimum too", () => {
    const tariffFor = tariffsOf("claude-opus-4-5", NOW);
    const small = read(HEADER, "0,a,4095", "60,a,4095", "0060,b,4096", "70,b,4096");
    expect(optimaOf(small, 0, tariffFor).both).toBeCloseTo(2 * 4095 + 1.35 * 4096, 6);
  });
});
