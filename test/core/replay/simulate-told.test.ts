import { describe, expect, it } from "vitest";
import { policyNamed } from "../../../lib/core/plan/policies.ts";
import type { MinuteUse, Policy } from "../../../lib/core/plan/policy.ts";
import type { SimulationOptions } from "../../../lib/core/replay/bill.ts";
import { simulate, statesAfter } from "../../../lib/core/replay/simulate.ts";
import { type Row, run, traceOf } from "./small.ts";

/** What the policy is told of minutes of use. */
function told(rows: readonly Row[], options: SimulationOptions = {}): MinuteUse[] {
  const uses: MinuteUse[] = [];
  const off = policyNamed("off");
  const use: Policy["use"] = (state, minute) => {
    uses.push(minute);
    off.use(state, minute);
  };
  run(rows, { ...off, use }, options);
  return uses;
}

describe("the policy is told", () => {
  it("each prefix's minutes, added up", () => {
    const uses = told([
      [0, "a", { tokens: 900 }],
      [59, "a", { tokens: 800 }],
      [60, "a"],
      [60, "b", { tokens: 700 }],
      [600, "a"],
    ]);
    expect(uses).toMatchObject([
      { minute: 0, requests: 2, tokens: 800, wrote: "5m" },
      { minute: 1, requests: 1, tokens: 1_000, wrote: undefined },
      { minute: 1, requests: 1, tokens: 700, wrote: "5m" },
    ]);
    expect(uses.every(({ lastStart }) => lastStart === undefined)).toBe(true);
  });

  it("when a minute's last request started, where the recorder says so", () => {
    const uses = told(
      [
        [60, "a"],
        [75, "a"],
        [999, "b"],
      ],
      { exactStarts: true },
    );
    expect(uses.map(({ lastStart }) => lastStart)).toEqual([75_000]);
  });

  it("how replies left their turns, and whether the last request ended the session", () => {
    const rows: readonly Row[] = [
      [0, "a", { stopReason: "tool_use", sessionEnd: true }],
      [1, "a", { stopReason: "end_turn" }],
      [2, "b", { stopReason: "end_turn" }],
      [3, "b", { sessionEnd: true }],
      [4, "c"],
      [120, "z"],
    ];
    expect(told(rows)).toMatchObject([
      { turns: { open: 1, over: 1 }, ended: false },
      { turns: { open: 0, over: 1 }, ended: true },
      { turns: undefined, ended: false },
    ]);
    expect(told(rows, { hints: ["session_end"] })[0]?.turns).toBeUndefined();
    expect(told(rows, { hints: ["stop_reason"] })[1]?.ended).toBe(false);
  });

  it("nothing of a minute before it is over", () => {
    const seen: (readonly [minute: number, known: number])[] = [];
    const options: SimulationOptions = {
      onMinute: (minute, states) => seen.push([minute, states.filter((state) => state !== undefined).length]),
    };
    simulate(
      traceOf([
        [0, "a"],
        [61, "b"],
        [150, "c"],
      ]),
      policyNamed("off"),
      options,
    );
    expect(seen).toEqual([
      [0, 0],
      [1, 1],
      [2, 2],
    ]);
  });
});

describe("what a trace says beside times", () => {
  const REPLACED: readonly Row[] = [
    [0, "v1"],
    [600, "v2", { replaces: "v1" }],
    [4 * 3_600, "z"],
  ];

  it("ends a prefix that another one replaces, unless that is not to be known", () => {
    const { minutes } = run(REPLACED, "always");
    expect([minutes("v1"), minutes("v2").length]).toEqual([[], 3]);
    expect(run(REPLACED, "always", { hints: [] }).minutes("v1").length).toBe(4);
  });

  it("lets the successor begin with what was learned of the other", () => {
    const states = statesAfter(traceOf(REPLACED), policyNamed("always"));
    expect(states.get("v1")).toMatchObject({ retired: true, requests: 1 });
    expect(states.get("v2")).toMatchObject({ retired: false, requests: 2 });
    expect([...states.keys()].sort()).toEqual(["v1", "v2"]);
  });

  it("ends one that is replaced by a prefix that is known already", () => {
    const back: readonly Row[] = [[0, "v2"], [300, "v1"], ...REPLACED.slice(1)];
    const states = statesAfter(traceOf(back), policyNamed("always"));
    expect(states.get("v1")?.retired).toBe(true);
    expect(states.get("v2")).toMatchObject({ retired: false, requests: 2 });
  });

  it("ends the keep-alives of a session that has ended, until it goes on", () => {
    const ended = run(
      [
        [0, "a", { sessionEnd: true }],
        [4 * 3_600, "z"],
      ],
      "always",
    );
    expect(ended.bill.touches).toBe(0);
    const goesOn = run(
      [
        [0, "a", { sessionEnd: true }],
        [600, "a"],
        [4 * 3_600, "z"],
      ],
      "always",
    );
    expect(goesOn.minutes("a")[0]).toBe(68);
  });
});
