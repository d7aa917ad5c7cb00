import { describe, expect, it } from "vitest";
import { ConfigFault, resolveConfig, type WarmerOptions } from "../../../lib/core/config.ts";
import { NEVER } from "../../../lib/core/due.ts";
import { liveFillCost, spikeSettings } from "../../../lib/core/fill-cost/spike-settings.ts";
import { TEST_OPTIONS } from "../../support/options.ts";
import { aWarmState, NOON } from "../samples.ts";

const LIVE = { digest: "d", all: 60_000, largest: 10_000 };

const settings = (spikes: WarmerOptions["spikes"], live: typeof LIVE | undefined = LIVE) =>
  spikeSettings(resolveConfig({ ...TEST_OPTIONS, ...(spikes !== undefined && { spikes }) }), live);

describe("the settings of spikes", () => {
  it("are those of the third story, where nothing is said", () => {
    expect(settings(undefined)).toMatchObject({
      factors: { info: 1.5, warning: 2, critical: 5 },
      windows: { warning: 15, critical: 10 },
    });
  });

  it("take one fill of the live manifest an hour for the least baseline", () => {
    expect(settings(undefined).minimumBaseline).toBe(60_000);
  });

  it.each([undefined, { ...LIVE, all: 0, largest: 0 }])(
    "take what is expected where the live manifest is not known: %j",
    (live) => {
      // Two prefixes of 4,000 tokens, 2.50 USD a million, and 64 tokens of placeholder.
      const { minimumBaseline, minimumSpike } = spikeSettings(resolveConfig(TEST_OPTIONS), live);
      expect(minimumBaseline).toBeGreaterThanOrEqual(20_000);
      expect(minimumBaseline).toBeLessThan(21_000);
      expect(minimumSpike).toBe(100_000);
    },
  );

  it("take a tenth of the hourly limit for the least spike, and more than a single fill reads as", () => {
    expect(settings(undefined).minimumSpike).toBe(100_000);
    expect(settings(undefined, { ...LIVE, largest: 20_001 }).minimumSpike).toBe(100_005);
    expect(settings({ criticalWindow: 5 }, { ...LIVE, largest: 20_000 }).minimumSpike).toBe(220_000);
  });

  it("are those that somebody wrote", () => {
    const spikes = {
      info: 1.2,
      warning: 3,
      critical: 4,
      warningWindow: 12,
      criticalWindow: 5,
      minimumBaseline: 0.5,
      minimumSpike: 0.25,
    };
    expect(settings(spikes)).toEqual({
      factors: { info: 1.2, warning: 3, critical: 4 },
      windows: { warning: 12, critical: 5 },
      minimumBaseline: 500_000,
      minimumSpike: 250_000,
    });
  });
});

describe("spikes in the configuration", () => {
  const faults = (spikes: object): readonly string[] => {
    try {
      resolveConfig({ ...TEST_OPTIONS, spikes } as WarmerOptions);
      return [];
    } catch (error) {
      if (!(error instanceof ConfigFault)) throw error;
      return error.faults;
    }
  };

  it.each([
    [{ info: 1 }, "spikes.info must be above 1, got 1"],
    [{ info: 1_001 }, "spikes.info must be at most 1000, got 1001"],
    [{ info: "2" }, 'spikes.info must be a number above 1, got "2"'],
    [{ warningWindow: 4 }, "spikes.warningWindow must be at least 5, got 4"],
    [{ criticalWindow: 16 }, "spikes.criticalWindow must be at most 15, got 16"],
    [{ criticalWindow: 7.5 }, "spikes.criticalWindow must be a whole number from 5 to 15, got 7.5"],
    [{ minimumBaseline: 0 }, "spikes.minimumBaseline must be more than 0 USD"],
    [{ minimumSpike: -1 }, "spikes.minimumSpike must be more than 0 USD"],
    [{ info: 2 }, "spikes.warning must be above info (2), got 2"],
    [{ warning: 5 }, "spikes.critical must be above warning (5), got 5"],
    [{ factor: 2 }, "spikes.factor is not an option of the warmer"],
  ])("%j is refused", (spikes, message) => {
    const found = faults(spikes);
    expect(found.map((fault) => fault.slice(0, message.length))).toContain(message);
  });

  it.each([{}, { info: 1.001, warning: 1.002, critical: 1.003 }, { warningWindow: 5, criticalWindow: 15 }])(
    "%j is taken",
    (spikes) => {
      expect(faults(spikes)).toEqual([]);
    },
  );
});

describe("what the live manifest costs to fill", () => {
  it("is the write of every live prefix under its TTL, by its measured size", () => {
    const states = [
      aWarmState({ name: "a", measuredTokens: 10_000 }),
      aWarmState({ name: "b", measuredTokens: 10_000, ttl: "1h", grantedTtl: "1h" }),
    ];
    expect(liveFillCost(states, "d", NOON)).toEqual({ digest: "d", all: 65_000, largest: 40_000 });
  });

  it.each([
    ["beside the live color", { beside: true }],
    ["that no manifest lists", { dueAt: NEVER }],
    ["without a price", { model: "claude-unknown" }],
  ])("leaves out a prefix %s", (_what, fields) => {
    expect(liveFillCost([aWarmState(fields)], "d", NOON).all).toBe(0);
  });
});
