import { describe, expect, it } from "vitest";
import { policyNamed } from "../../../lib/core/plan/policies.ts";
import type { Policy } from "../../../lib/core/plan/policy.ts";
import { USUAL_TARIFF } from "../../../lib/core/plan/tariff.ts";
import { type Row, run } from "./small.ts";

describe("an entry", () => {
  it.each([
    ["off", 300],
    ["off-1h", 3_600],
  ] as const)("of %s is read up to and including its last second, %d after each use", (policy, life) => {
    const { bill } = run(
      [
        [60, "a"],
        [60 + life, "a"],
        [60 + 2 * life, "a"],
      ],
      policy,
    );
    expect(bill).toMatchObject({ requests: 3, hits: 2, coldTokens: 1_000, rewriteCost: 0 });
    const write = policy === "off" ? 1_250 : 2_000;
    expect(bill.cost).toBeCloseTo(write + 200, 9);
    const late = run(
      [
        [60, "a"],
        [61 + life, "a"],
      ],
      policy,
    ).bill;
    expect(late).toMatchObject({ hits: 0, coldTokens: 2_000, firstWriteCost: write, rewriteCost: write });
  });

  it("is one for each prefix", () => {
    const { bill } = run(
      [
        [0, "a"],
        [1, "b"],
        [2, "a"],
      ],
      "off",
    );
    expect(bill).toMatchObject({ hits: 1, firstWriteCost: 2_500, rewriteCost: 0, touches: 0, touchCost: 0 });
  });

  it("has the TTL that the application writes whatever it is advised, and the one that is granted", () => {
    const rows: readonly Row[] = [
      [0, "a"],
      [301, "a"],
    ];
    expect(run(rows, "off-1h").bill.hits).toBe(1);
    expect(run(rows, "off-1h", { appTtl: "5m" }).bill.hits).toBe(0);
    expect(run(rows, "off", { appTtl: "1h" }).bill.hits).toBe(1);
    const downgraded = run(rows, "off-1h", { downgrades: true });
    expect(downgraded.bill.hits).toBe(0);
    expect(downgraded.log.map(({ ttl }) => ttl)).toEqual(["5m", "5m"]);
  });

  it("costs what its size and model do, and nothing is cached below the minimum", () => {
    const tariffFor = (tokens: number) => ({
      ...USUAL_TARIFF,
      input: tokens > 1_000 ? 6_000_000 : 1_000_000,
      minimumTokens: 1_000,
    });
    const sizes = [999, 1_000, 2_000];
    const { bill } = run(
      sizes.map((tokens, i) => [i, "a", { tokens }] as const),
      "off",
      { tariffFor },
    );
    expect(bill.cost).toBeCloseTo(999 + 1_250 + 200, 9);
    expect(bill.money).toBeCloseTo(999 + 1_250 + 6 * 200, 9);
    expect(bill).toMatchObject({ hits: 1, coldTokens: 1_000 });
  });
});

describe("keep-alives", () => {
  const HOURS: readonly Row[] = [
    [0, "a"],
    [3 * 3_600, "a"],
  ];

  it("come in the due minutes, and are charged as reads with their own message", () => {
    const { bill, touched, minutes } = run(HOURS, "always");
    expect(minutes("a")[0]).toBe(58);
    expect(minutes("a").length).toBe(bill.touches);
    expect(bill).toMatchObject({ touches: 3, fills: 0, hits: 1, requests: 2, firstWriteCost: 2_000 });
    expect(bill.touchCost).toBeCloseTo(3 * 112, 9);
    expect(bill.cost).toBeCloseTo(2_000 + 3 * 112 + 100, 9);
    expect(bill.money).toBeCloseTo(3 * bill.cost, 9);
    expect(touched("a").every(({ ttl }) => ttl === "1h")).toBe(true);
  });

  it("are of the second that the seed and the minute give, in every prefix's run", () => {
    const both = run([[0, "a"], [1, "b"], ...HOURS.slice(1)], "always");
    const seconds = (seed?: number) =>
      run(HOURS, "always", seed === undefined ? {} : { seed })
        .touched("a")
        .map(({ t }) => t);
    expect(both.touched("a").map(({ t }) => t)).toEqual(both.touched("b").map(({ t }) => t));
    expect(seconds(1)).toEqual(seconds());
    expect(seconds(2)[0]).not.toBe(seconds(1)[0]);
    expect(both.touched("a")[0]?.t).toBe(seconds()[0]);
  });

  it("are not sent after the last request", () => {
    const end = (t: number) =>
      run(
        [
          [0, "a"],
          [t, "b"],
        ],
        "always",
      ).bill.touches;
    expect(end(58 * 60)).toBe(0);
    expect(end(59 * 60)).toBe(1);
  });

  it("that find the entry gone write it, and are charged for that", () => {
    const { bill, minutes } = run(
      [
        [0, "a"],
        [1_500, "b"],
      ],
      "cron(7m)",
    );
    expect(minutes("a")).toEqual([7, 14, 21]);
    expect(bill).toMatchObject({ touches: 3, fills: 3, touchCost: 3 * 1_262, firstWriteCost: 2_500 });
    const alive = run(
      [
        [0, "a"],
        [800, "a"],
      ],
      "cron(4m)",
    );
    expect(alive.bill).toMatchObject({ touches: 3, fills: 0, hits: 1 });
  });

  it("after a fill keep the TTL that was granted", () => {
    const hourly: Policy = { ...policyNamed("cron(70m)"), firstTtl: () => "1h" };
    hourly.use = (state) => {
      state.advice = "1h";
      state.touchesLeft = 0;
    };
    const rows: readonly Row[] = [
      [0, "a"],
      [70 * 60 + 1_000, "a"],
    ];
    expect(run(rows, hourly).bill).toMatchObject({ fills: 1, hits: 1, touchCost: 2_012 });
    expect(run(rows, hourly, { downgrades: true }).bill).toMatchObject({
      fills: 1,
      hits: 0,
      touchCost: 1_262,
    });
  });

  it("of prefixes that do not fit the limits wait for the next minute", () => {
    const many = Array.from({ length: 6 }, (_, i) => [0, `p${i}`] as const);
    const { log } = run([...many, [7_000, "z"]], "always", { limits: { requestsPerMinute: 8 } });
    const first = log.filter(({ action, t }) => action === "touch" && t < 3_600);
    expect(first.map(({ t }) => Math.floor(t / 60))).toEqual([58, 58, 59, 59]);
    expect(new Set(first.map(({ prefix }) => prefix)).size).toBe(4);
  });
});
