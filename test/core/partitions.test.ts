import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ConfigFault, resolveConfig, type WarmerOptions } from "../../lib/core/config.ts";
import { METRICS, type MetricDefinition, type MetricName } from "../../lib/core/metrics.ts";
import { pointsOfAll } from "../../lib/core/partition-points.ts";
import {
  commandsFor,
  configOf,
  configsOf,
  guardrailsFor,
  placeName,
  shareOf,
} from "../../lib/core/partitions.ts";
import { stateKey } from "../../lib/core/state-kinds.ts";

const OPTIONS: WarmerOptions = {
  service: "support",
  environment: "prod",
  colors: ["blue", "green"],
  expected: { prefixes: 2, tokensPerPrefix: 12_000, model: "claude-sonnet-5-5", ttl: "1h" },
  costGuardrails: { maxHourlyFillCost: 2, maxDailyFillCost: 10 },
};

type Parts = NonNullable<WarmerOptions["partitions"]>;

const EU = { name: "eu", share: 0.25, apiKeyParameter: "/keys/eu" };
const US = { name: "us", share: 0.75 };

const withParts = (partitions: Parts): WarmerOptions => ({ ...OPTIONS, partitions });

function faultsOf(partitions: Parts): readonly string[] {
  try {
    resolveConfig(withParts(partitions));
    return [];
  } catch (error) {
    if (error instanceof ConfigFault) return error.faults;
    throw error;
  }
}

describe("a warmer without partitions", () => {
  it("is its only one, under the keys and the configuration of always", () => {
    const config = resolveConfig(OPTIONS);
    expect(configsOf(config)).toEqual([config]);
    expect("partitions" in config).toBe(false);
    expect(stateKey("control")).toBe("control");
    expect(() => configOf(config, "eu")).toThrow(/must be one of none, got eu/);
  });
});

describe("the configuration of a partition", () => {
  const config = resolveConfig(withParts([EU, US]));

  it("is that of a warmer of its own, with its share of every limit", () => {
    expect(configOf(config, "eu")).toMatchObject({
      partition: "eu",
      apiKeyParameter: "/keys/eu",
      expected: OPTIONS.expected,
      guardrails: { hourly: 500_000, daily: 2_500_000, absoluteMax: 7_500_000 },
      policy: { providerLimits: { share: 0.25 * 0.25 } },
    });
    expect(configOf(config, "us").apiKeyParameter).toBe("/support/prod/provider-api-key");
    expect("partitions" in configOf(config, "us")).toBe(false);
  });

  it("has keys that no other partition's begin with", () => {
    const names = ["eu", "eu-2", "us"];
    const keys = names.map((name) => stateKey("control", name));
    for (const key of keys) {
      expect(keys.filter((other) => other === key || other.startsWith(`${key}#`))).toEqual([key]);
    }
  });

  it("names one that is configured", () => {
    expect(() => configOf(config, "asia")).toThrow(/must be one of eu, us, got asia/);
  });
});

describe("shares of a limit", () => {
  it("together never pass it, whatever the shares and the limit", () => {
    const thousandths = fc.array(fc.integer({ min: 1, max: 999 }), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(thousandths, fc.integer({ min: 1, max: 3_000_000_000_000 }), (parts, limit) => {
        fc.pre(parts.reduce((sum, part) => sum + part, 0) <= 1_000);
        const shares = parts.map((part) => shareOf(limit, part / 1_000));
        expect(shares.reduce((sum, share) => sum + share, 0)).toBeLessThanOrEqual(limit);
        for (const share of shares) expect(Number.isSafeInteger(share)).toBe(true);
      }),
    );
  });

  it("of 1 are the whole", () => {
    const { guardrails } = resolveConfig(OPTIONS);
    expect(guardrailsFor(guardrails, 1)).toEqual({ ...guardrails, share: 1_000 });
  });
});

describe("partitions with faults", () => {
  const six = Array.from({ length: 6 }, (_, i) => ({ name: `p${i}`, share: 0.1 }));
  it.each<[string, Parts, RegExp]>([
    ["none", [], /must name at least one partition/],
    ["more than the targets of a rule", six, /at most 5: EventBridge takes no more targets a rule/],
    ["two of one name", [EU, { ...US, name: "eu" }], /must differ in their names, got "eu" twice/],
    ["shares above 1", [EU, { ...US, share: 0.751 }], /shares of at most 1 together, got 1\.001/],
    ["a share of nothing", [{ ...EU, share: 0 }, US], /partitions\.0\.share must be at least 0\.001, got 0/],
    ["a share finer than a thousandth", [{ ...EU, share: 0.2505 }], /must be a multiple of 0\.001/],
    [
      "the live color as key",
      [{ ...EU, apiKeyParameter: "/support/prod/live-color" }],
      /live-color parameter/,
    ],
    [
      "one model in two",
      [
        { ...EU, models: ["m"] },
        { ...US, models: ["m"] },
      ],
      /must not share a model/,
    ],
    ["a share that starves", [{ ...EU, share: 0.001 }], /starves the partition eu with its share of 0\.001/],
    [
      "an expected model without a price",
      [{ ...EU, expected: { ...OPTIONS.expected, model: "unknown" } }],
      /partitions\.0\.expected\.model must be in the price table/,
    ],
  ])("are refused for %s", (_what, partitions, fault) => {
    expect(faultsOf(partitions).join("\n")).toMatch(fault);
  });

  it("are sound at exactly 1, and at exactly 5 of them", () => {
    expect(faultsOf([EU, US])).toEqual([]);
    expect(faultsOf(six.slice(0, 5).map((part) => ({ ...part, share: 0.2 })))).toEqual([]);
  });
});

describe("the points of several partitions", () => {
  const fromMonitor = (Object.entries(METRICS) as [MetricName, MetricDefinition][]).filter(
    ([, { sentBy }]) => sentBy === "monitor",
  );

  it.each(fromMonitor)("%s is one of them, by a rule of the metric table", (name, { ofPartitions }) => {
    const both = [1, 3].map((value) => ({ points: [{ name, value }], complete: true }));
    const wanted = { sum: 4, largest: 3, smallest: 1 };
    expect(pointsOfAll(both)).toEqual([{ name, value: wanted[ofPartitions ?? "sum"] }]);
    expect(ofPartitions).toBeDefined();
  });

  it("keep the worst of what is known while one is unreadable, and no sum without it", () => {
    const eu = {
      complete: true,
      points: [
        { name: "FillCost" as const, value: 2 },
        { name: "SecondsOverdue" as const, value: 9 },
        { name: "StateUnreadable" as const, value: 0 },
      ],
    };
    const us = { complete: false, points: [{ name: "StateUnreadable" as const, value: 1 }] };
    expect(pointsOfAll([eu, us])).toEqual([
      { name: "SecondsOverdue", value: 9 },
      { name: "StateUnreadable", value: 1 },
    ]);
  });
});

describe("the commands that people are told to type", () => {
  it.each([
    ["without partitions are as they are", undefined, "warmer status", "warmer status"],
    ["name the partition", "eu", 'warmer resume --reason "…"', 'warmer --partition eu resume --reason "…"'],
    [
      "name it in each of two",
      "eu",
      "Next: warmer status, then warmer resume",
      "Next: warmer --partition eu status, then warmer --partition eu resume",
    ],
    ["leave prose alone", "eu", "The warmer, says the Warmer Status", "The warmer, says the Warmer Status"],
  ])("%s", (_what, partition, commands, told) => {
    expect(commandsFor(partition, commands)).toBe(told);
  });
});

describe("the place that people are told of", () => {
  it("is the environment, with the partition where there are any", () => {
    expect(placeName({ environment: "prod" })).toBe("prod");
    expect(placeName({ environment: "prod", partition: "eu" })).toBe("prod eu");
  });
});
