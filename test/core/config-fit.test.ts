import { describe, expect, it } from "vitest";
import { ConfigFault, resolveConfig, type WarmerOptions } from "../../lib/core/config.ts";

const OPTIONS: WarmerOptions = {
  service: "support",
  environment: "prod",
  colors: ["blue", "green"],
  expected: { prefixes: 2, tokensPerPrefix: 12_000, model: "claude-sonnet-5-5", ttl: "1h" },
  costGuardrails: { maxHourlyFillCost: 2, maxDailyFillCost: 10 },
};

/** The faults of options, without those of a field by itself. */
function faultsOf(fields: Readonly<Record<string, unknown>>): readonly string[] {
  try {
    resolveConfig({ ...OPTIONS, ...fields } as WarmerOptions);
    return [];
  } catch (error) {
    if (error instanceof ConfigFault) return error.faults;
    throw error;
  }
}

const EU = { name: "eu", share: 0.5 };

describe("one parameter for two things", () => {
  it.each([
    [
      { apiKeyParameter: "/x", liveColorParameter: "/x" },
      ['apiKeyParameter must not be the live-color parameter, got "/x" for both'],
    ],
    [
      { ttlAdviceParameter: "/x", liveColorParameter: "/x" },
      ['ttlAdviceParameter must be neither the live-color nor the API key\'s parameter, got "/x"'],
    ],
    [
      { ttlAdviceParameter: "/x", apiKeyParameter: "/x" },
      ['ttlAdviceParameter must be neither the live-color nor the API key\'s parameter, got "/x"'],
    ],
    [
      { ttlAdviceParameter: "/x", apiKeyParameter: "/x", liveColorParameter: "/x" },
      [expect.stringMatching(/^ttlAdviceParameter /), expect.stringMatching(/^apiKeyParameter /)],
    ],
  ])("is a fault in %j", (fields, faults) => {
    expect(faultsOf(fields)).toEqual(faults);
  });

  it.each([
    ["the key's parameter", { apiKeyParameter: "x", ttlAdviceParameter: "/x", liveColorParameter: "/x" }],
    ["the color's parameter", { liveColorParameter: "x", ttlAdviceParameter: "/x", apiKeyParameter: "/x" }],
  ])(
    "is told beside a fault of the third one, %s: nobody mends one to be shown the next",
    (_what, fields) => {
      expect(faultsOf(fields)).toEqual([
        expect.stringMatching(/ must be an SSM parameter name /),
        expect.stringMatching(/^ttlAdviceParameter must be neither /),
      ]);
      const advice = { ttlAdviceParameter: "x", liveColorParameter: "/x", apiKeyParameter: "/x" };
      expect(faultsOf(advice)).toHaveLength(2);
    },
  );

  it.each([
    { service: "Support", apiKeyParameter: "/Support/prod/live-color" },
    { environment: "Prod", apiKeyParameter: "/support/Prod/live-color" },
    { service: "Support", ttlAdviceParameter: "/Support/prod/live-color" },
    { apiKeyParameter: "x", liveColorParameter: "x" },
    { apiKeyParameter: "x", ttlAdviceParameter: "x" },
  ])("is not told of what a damaged field would make of it: %j", (fields) => {
    expect(faultsOf(fields).filter((fault) => !/must be (1 to 32 of|an SSM)/.test(fault))).toEqual([]);
  });
});

describe("levels of a spike", () => {
  it.each([
    [{ info: 2, warning: 2 }, ["spikes.warning must be above info (2), got 2"]],
    [{ warning: 6 }, ["spikes.critical must be above warning (6), got 5"]],
    [{ info: 2, warning: 2.1, critical: 2.2 }, []],
    [
      { info: 9, warning: 8, critical: 7 },
      ["spikes.warning must be above info (9), got 8", "spikes.critical must be above warning (8), got 7"],
    ],
    [{ info: "much" }, [expect.stringMatching(/^spikes\.info must be a number above 1/)]],
    [
      { info: 0.5, warning: 0.4 },
      [expect.stringMatching(/^spikes\.info /), expect.stringMatching(/^spikes\.warning /)],
    ],
  ])("rise: %j", (spikes, faults) => {
    expect(faultsOf({ spikes })).toEqual(faults);
  });
});

describe("limits", () => {
  it("rise from the hour to the day to the absolute maximum, each told with both amounts", () => {
    const costGuardrails = { maxHourlyFillCost: 3, maxDailyFillCost: 2, absoluteMax: 1 };
    expect(faultsOf({ costGuardrails })).toEqual([
      "costGuardrails.maxDailyFillCost must be at least maxHourlyFillCost ($3.00), got $2.00",
      "costGuardrails.absoluteMax must be at least maxDailyFillCost ($2.00), got $1.00",
    ]);
  });
});

describe("an expected model without a price", () => {
  it("is told by its name, and nothing is reckoned with it", () => {
    const expected = { ...OPTIONS.expected, model: "claude-none", prefixes: 1_000_000 };
    expect(faultsOf({ expected })).toEqual([
      'expected.model must be in the price table (lib/core/prices.ts), got "claude-none"',
    ]);
  });

  it("is not looked for where what is expected is damaged itself", () => {
    expect(faultsOf({ expected: { ...OPTIONS.expected, model: "claude-none", ttl: "2h" } })).toHaveLength(1);
  });
});

describe("what is expected against the limits", () => {
  const expected = { ...OPTIONS.expected, prefixes: 100_000 };

  it("is told with what starves, as long as the fields that it is reckoned from are sound", () => {
    expect(faultsOf({ expected }).length).toBeGreaterThan(0);
    for (const [field, value] of [
      ["concurrency", 0],
      ["costGuardrails", 5],
      ["partitions", 5],
    ] as const)
      expect(faultsOf({ expected, [field]: value }), field).toEqual([expect.stringMatching(`^${field} `)]);
  });

  it("is that of each partition where there are any", () => {
    const faults = faultsOf({ expected, partitions: [EU, { ...EU, name: "us" }], concurrency: 256 });
    expect(faults.filter((fault) => fault.includes("starves the warmer"))).toEqual([]);
    for (const name of ["eu", "us"])
      expect(faults.join("\n")).toContain(`starves the partition ${name} with its share of 0.5`);
  });
});

describe("faults among partitions", () => {
  const twice = { partitions: [EU, EU] };
  const told = 'partitions must differ in their names, got "eu" twice';

  it.each([
    {},
    { service: "Support" },
    { environment: "Prod" },
    { apiKeyParameter: "x" },
    { liveColorParameter: "x" },
  ])("are told beside those of other fields: %j", (fields) => {
    expect(faultsOf({ ...twice, ...fields })).toContain(told);
  });

  it("are not looked for where one of them is damaged", () => {
    expect(faultsOf({ partitions: [EU, { ...EU, share: 2 }] })).toEqual([
      expect.stringMatching(/^partitions\.1\.share /),
    ]);
  });

  it("are a key in the live color's parameter, where that one is sound", () => {
    const live = { partitions: [{ ...EU, apiKeyParameter: "/support/prod/live-color" }] };
    expect(faultsOf(live)).toEqual([
      'partitions.0.apiKeyParameter must not be the live-color parameter, got "/support/prod/live-color" for both',
    ]);
    const damaged = {
      partitions: [{ ...EU, apiKeyParameter: "/Support/prod/live-color" }],
      service: "Support",
    };
    expect(faultsOf(damaged)).toEqual([expect.stringMatching(/^service /)]);
    expect(faultsOf({ partitions: [EU], liveColorParameter: "x" })).toHaveLength(1);
  });
});
