import { describe, expect, it } from "vitest";
import { ConfigFault, resolveConfig, type WarmerOptions } from "../../lib/core/config.ts";

const OPTIONS: WarmerOptions = {
  service: "support",
  environment: "prod",
  colors: ["blue"],
  expected: { prefixes: 2, tokensPerPrefix: 12_000, model: "claude-sonnet-5-5", ttl: "1h" },
  costGuardrails: { maxHourlyFillCost: 2, maxDailyFillCost: 10 },
};

const EU = { name: "eu", share: 1 };

/** The options with one value at a path such as `policy.lambda` or `partitions.0.share`. */
function withValue(path: string, value: unknown): WarmerOptions {
  const [field = "", inner, deeper] = path.split(".");
  if (inner === undefined) return { ...OPTIONS, [field]: value } as WarmerOptions;
  if (field === "partitions")
    return { ...OPTIONS, partitions: [{ ...EU, [deeper ?? ""]: value }] } as unknown as WarmerOptions;
  const section = Reflect.get(OPTIONS, field) as object | undefined;
  if (/^\d+$/.test(inner)) return { ...OPTIONS, [field]: [value] } as WarmerOptions;
  const held = deeper === undefined ? value : /^\d+$/.test(deeper) ? [value] : { [deeper]: value };
  return { ...OPTIONS, [field]: { ...section, [inner]: held } } as WarmerOptions;
}

function faultsOf(options: WarmerOptions): readonly string[] {
  try {
    resolveConfig(options);
    return [];
  } catch (error) {
    if (error instanceof ConfigFault) return error.faults;
    throw error;
  }
}

const NAME = "must be 1 to 32 of a-z, 0-9 and -, not starting with -";
const PARAMETER = "must be an SSM parameter name that starts with /";

describe("a field by itself", () => {
  it.each<[path: string, value: unknown, rule: string]>([
    ["service", 5, NAME],
    ["service", "a_b", NAME],
    ["colors", "blue", "must be a list of names"],
    ["colors", [], "must name at least one color"],
    ["apiKeyParameter", "/a b", PARAMETER],
    ["apiKeyParameter", "x/a", PARAMETER],
    ["apiKeyParameter", "/", PARAMETER],
    ["apiKeyParameter", `/${"a".repeat(1_001)}`, PARAMETER],
    ["notify", "ops@example.com", "must be a list of e-mail addresses"],
    ["notify.0", "ops", "must be an e-mail address"],
    ["notify.0", "ops@example.com, more", "must be an e-mail address"],
    ["notify.0", "the ops@example.com", "must be an e-mail address"],
    ["notify.0", "@", "must be an e-mail address"],
    ["runbooks", 5, "must be a URL"],
    ["expected", 5, "must be an object"],
    ["expected.prefixes", 1.5, "must be a whole number from 1 to 1000000"],
    ["expected.prefixes", 0, "must be at least 1"],
    ["expected.prefixes", 1_000_001, "must be at most 1000000"],
    ["expected.model", 5, "must be a model's id"],
    ["expected.ttl", "2h", 'must be "5m" or "1h"'],
    ["costGuardrails.maxHourlyFillCost", "2", "must be a finite number of USD"],
    ["costGuardrails.maxHourlyFillCost", 0, "must be more than 0 USD; to send nothing, pause the warmer"],
    ["costGuardrails.maxHourlyFillCost", 1_000_001, "must be at most 1000000 USD"],
    ["costGuardrails.actionOnLimit", "stop", 'must be "pause_warmer", "alert_only" or "throttle"'],
    ["gate.minCoverage", "all", "must be a share from 0 to 1"],
    ["gate.minCoverage", 0, "must be above 0"],
    ["gate.minCoverage", 1.01, "must be at most 1"],
    ["gate.timeout", 9, "must be at least 10"],
    ["gate.timeout", 3_601, "must be at most 3600"],
    ["gate.failDeployment", "yes", "must be true or false"],
    ["organic.minHitRate", -0.1, "must be at least 0"],
    ["organic.minRequests", 0, "must be at least 1"],
    ["spikes.info", "high", "must be a number above 1"],
    ["spikes.info", 1, "must be above 1"],
    ["spikes.critical", 1_001, "must be at most 1000"],
    ["spikes.warningWindow", 4, "must be at least 5"],
    ["spikes.criticalWindow", 16, "must be at most 15"],
    ["policy.name", 5, "must be a policy's name"],
    ["policy.lambda", "half", "must be a number from 0 to 100"],
    ["policy.lambda", -1, "must be at least 0"],
    ["policy.lambda", 101, "must be at most 100"],
    ["policy.closedDays", "today", "must be a list of days"],
    ["policy.closedDays.0", 5, 'must be a day such as "2026-12-25"'],
    ["policy.closedDays.0", "2026-02-29", 'must be a day such as "2026-12-25"'],
    ["policy.closedDays", Array.from({ length: 1_001 }, () => "2026-12-25"), "must be at most 1000 days"],
    ["policy.providerLimits.share", 0, "must be above 0"],
    ["policy.providerLimits.requestsPerMinute", 0, "must be at least 1"],
    ["partitions", 5, "must be a list of partitions"],
    ["partitions.0.name", "EU", NAME],
    ["partitions.0.share", "half", "must be a share from 0.001 to 1"],
    ["partitions.0.share", 0.0009, "must be at least 0.001"],
    ["partitions.0.share", 1.001, "must be at most 1"],
    ["partitions.0.share", 0.9995, "must be a multiple of 0.001"],
    ["partitions.0.models", "all", "must be a list of models"],
    ["partitions.0.models", [], "must name at least one model"],
  ])("%s of %j %s", (path, value, rule) => {
    const [fault, ...others] = faultsOf(withValue(path, value));
    expect(fault).toMatch(/, got /);
    expect(fault?.slice(0, fault.indexOf(", got "))).toBe(`${path} ${rule}`);
    expect(others.filter((other) => !other.startsWith(path))).toEqual([]);
  });

  it.each<[path: string, value: unknown]>([
    ["service", "a".repeat(32)],
    ["apiKeyParameter", `/${"a".repeat(1_000)}`],
    ["apiKeyParameter", "/a/B_c.d-0"],
    ["costGuardrails.actionOnLimit", "alert_only"],
    ["costGuardrails.actionOnLimit", "throttle"],
    ["costGuardrails.actionOnLimit", "pause_warmer"],
    ["costGuardrails.absoluteMax", 1_000_000],
    ["gate.minCoverage", 0.001],
    ["gate.minCoverage", 1],
    ["gate.timeout", 10],
    ["gate.timeout", 3_600],
    ["gate.failDeployment", true],
    ["organic.minHitRate", 0],
    ["organic.minHitRate", 1],
    ["spikes.info", 1.001],
    ["spikes.critical", 1_000],
    ["spikes.warningWindow", 5],
    ["spikes.criticalWindow", 15],
    ["policy.lambda", 0],
    ["policy.lambda", 100],
    ["policy.closedDays", Array.from({ length: 1_000 }, () => "2026-12-25")],
    ["policy.providerLimits.share", 1],
    ["policy.providerLimits.requestsPerMinute", 10_000_000],
    ["policy.providerLimits.inputTokensPerMinute", 10_000_000_000],
    ["concurrency", 256],
    ["keepPreviousFor", 0],
    ["keepPreviousFor", 1_440],
    ["notify.0", "ops@example.com"],
    ["partitions.0.share", 0.999],
    ["partitions.0.models", ["a"]],
  ])("%s may be %j", (path, value) => {
    expect(faultsOf(withValue(path, value))).toEqual([]);
  });
});

describe("a policy's name", () => {
  it.each(["adaptive", "cron(4m)"])("may be %s", (name) => {
    expect(faultsOf(withValue("policy.name", name))).toEqual([]);
  });

  it.each(["", "fast", "cron(0m)", "cron(1441m)"])(
    "is not %j, and the fault names those that are",
    (name) => {
      expect(faultsOf(withValue("policy.name", name))).toEqual([
        expect.stringMatching(
          /^policy\.name must be one of adaptive, .+, with cron of 1 to 1440 minutes and keepalive of 0 to 254 touches, got /,
        ),
      ]);
    },
  );
});
