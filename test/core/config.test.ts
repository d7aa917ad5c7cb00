import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ConfigFault, resolveConfig, type WarmerConfig, type WarmerOptions } from "../../lib/core/config.ts";
import { worstCase } from "../../lib/core/worst-case.ts";

const OPTIONS: WarmerOptions = {
  service: "support",
  environment: "prod",
  colors: ["blue", "green"],
  expected: { prefixes: 2, tokensPerPrefix: 12_000, model: "claude-sonnet-5-5", ttl: "1h" },
  costGuardrails: { maxHourlyFillCost: 2, maxDailyFillCost: 10 },
};

/** Options as a person without a type checker may write them. */
type Loose = Record<string, unknown>;

const withOptions = (fields: Loose) => ({ ...OPTIONS, ...fields }) as unknown as WarmerOptions;
const withLimits = (fields: Loose) =>
  withOptions({ costGuardrails: { ...OPTIONS.costGuardrails, ...fields } });
const withExpected = (fields: Loose) => withOptions({ expected: { ...OPTIONS.expected, ...fields } });

function faultsOf(options: unknown): readonly string[] {
  try {
    resolveConfig(options as WarmerOptions);
    return [];
  } catch (error) {
    if (error instanceof ConfigFault) return error.faults;
    throw error;
  }
}

describe("resolveConfig", () => {
  it("fills in every default, and turns dollars into micro-USD", () => {
    expect(resolveConfig(OPTIONS)).toEqual({
      service: "support",
      environment: "prod",
      colors: ["blue", "green"],
      liveColorParameter: "/support/prod/live-color",
      apiKeyParameter: "/support/prod/provider-api-key",
      ttlAdviceParameter: "/support/prod/ttl-advice",
      expected: OPTIONS.expected,
      guardrails: {
        hourly: 2_000_000,
        daily: 10_000_000,
        absoluteMax: 30_000_000,
        actionOnLimit: "pause_warmer",
      },
      concurrency: 4,
      keepPreviousMs: 30 * 60_000,
      gate: { minCoverage: 1, timeoutMs: 600_000, failDeployment: false },
      organic: { minHitRate: 0.5, minRequests: 20 },
      spikes: { factors: { info: 1.5, warning: 2, critical: 5 }, windows: { warning: 15, critical: 10 } },
      policy: { name: "adaptive", lambda: 0.5, providerLimits: { share: 0.25 } },
      notify: [],
      runbooks: expect.stringMatching(/^https:\/\/.*\/docs\/runbooks$/),
    });
  });

  it("keeps what is given", () => {
    const given = {
      apiKeyParameter: "/keys/anthropic",
      liveColorParameter: "/router/live_color.v2",
      ttlAdviceParameter: "/router/ttl",
      concurrency: 256,
      notify: ["ops@example.com"],
      runbooks: "https://wiki.example.com",
      policy: {
        name: "cron(4m)",
        lambda: 0,
        closedDays: ["2026-12-25", "2028-02-29"],
        providerLimits: { requestsPerMinute: 4_000, inputTokensPerMinute: 2_000_000, share: 1 },
      },
    };
    const limits = { actionOnLimit: "throttle", notifyOnLimit: "cfo@example.com", absoluteMax: 12.5 };
    const config = resolveConfig({ ...withLimits(limits), ...given });
    expect(config).toMatchObject(given);
    expect(config.guardrails).toEqual({
      hourly: 2_000_000,
      daily: 10_000_000,
      absoluteMax: 12_500_000,
      actionOnLimit: "throttle",
      notifyOnLimit: "cfo@example.com",
    });
  });

  it("survives the way through a function's environment", () => {
    const config: WarmerConfig = resolveConfig(OPTIONS);
    expect(JSON.parse(JSON.stringify(config))).toEqual(config);
  });

  it("names the number of faults and each of them in its message", () => {
    expect(() => resolveConfig(withOptions({ service: "", concurrency: 0 }))).toThrow(
      /^the warmer's configuration has 2 faults:\n {2}- service .*\n {2}- concurrency /,
    );
    expect(() => resolveConfig(withOptions({ concurrency: 0 }))).toThrow(/has 1 fault:\n/);
  });
});

describe("a fault", () => {
  it.each([
    ["service", "Support", '"Support"'],
    ["service", "", '""'],
    ["service", "-a", '"-a"'],
    ["service", "a".repeat(33), '"aaa'],
    ["service", undefined, "undefined"],
    ["service", 7, "7"],
    ["environment", "prod/eu", '"prod/eu"'],
    ["colors", undefined, "undefined"],
    ["colors", "blue", '"blue"'],
    ["colors", [], "[]"],
    ["colors.1", ["blue", "Green"], '"Green"'],
    ["colors.0", [null], "null"],
    ["expected", undefined, "undefined"],
    ["costGuardrails", null, "null"],
    ["keepPreviousFor", -1, "-1"],
    ["keepPreviousFor", 1441, "1441"],
    ["concurrency", 0, "0"],
    ["concurrency", 257, "257"],
    ["concurrency", 1.5, "1.5"],
    ["concurrency", "4", '"4"'],
    ["concurrency", Number.NaN, "NaN"],
    ["apiKeyParameter", "keys/anthropic", '"keys/anthropic"'],
    ["apiKeyParameter", "/keys/an thropic", '"/keys/an thropic"'],
    ["apiKeyParameter", 5, "5"],
    ["liveColorParameter", "", '""'],
    ["notify", "ops@example.com", '"ops@example.com"'],
    ["notify.0", ["ops"], '"ops"'],
    ["notify.1", ["ops@example.com", "a b@example.com"], '"a b@example.com"'],
    ["policy", "adaptive", '"adaptive"'],
    ["policy.name", { name: "fast" }, '"fast"'],
    ["policy.name", { name: "cron(0m)" }, '"cron(0m)"'],
    ["policy.name", { name: 4 }, "4"],
    ["policy.lambda", { lambda: -0.1 }, "-0.1"],
    ["policy.lambda", { lambda: 101 }, "101"],
    ["policy.closedDays", { closedDays: "2026-12-25" }, '"2026-12-25"'],
    ["policy.closedDays.0", { closedDays: ["2026-02-29"] }, '"2026-02-29"'],
    ["policy.closedDays.1", { closedDays: ["2026-12-25", "25.12.2026"] }, '"25.12.2026"'],
    ["policy.providerLimits.share", { providerLimits: { share: 0 } }, "0"],
    ["policy.providerLimits.requestsPerMinute", { providerLimits: { requestsPerMinute: 0.5 } }, "0.5"],
    ["runbooks", 5, "5"],
  ])("of %s names the field, the rule and the value received: %j", (path, value, shown) => {
    const [field = ""] = path.split(".");
    const faults = faultsOf(withOptions({ [field]: value }));
    expect(faults).toHaveLength(1);
    expect(faults[0]).toMatch(new RegExp(`^${path} must `));
    expect(faults[0]).toContain(`, got ${shown}`);
  });

  const NO_MONEY = [
    0,
    -0,
    -1,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
    1_000_001,
    "2",
    null,
    10n,
    {},
  ];

  it.each(["maxHourlyFillCost", "maxDailyFillCost", "absoluteMax"])(
    "of %s is anything but an amount",
    (field) => {
      for (const value of NO_MONEY) {
        const faults = faultsOf(withLimits({ [field]: value }));
        expect(faults).toHaveLength(1);
        expect(faults[0]).toMatch(new RegExp(`^costGuardrails\\.${field} must be .*USD.*, got `));
      }
    },
  );

  it.each([
    ["actionOnLimit", "pause"],
    ["actionOnLimit", null],
    ["notifyOnLimit", "ops"],
  ])("of costGuardrails.%s is %j", (field, value) => {
    expect(faultsOf(withLimits({ [field]: value }))).toEqual([
      expect.stringMatching(new RegExp(`^costGuardrails\\.${field} must be `)),
    ]);
  });

  it.each([
    ["prefixes", 0],
    ["prefixes", 1.5],
    ["prefixes", 1_000_001],
    ["prefixes", Number.POSITIVE_INFINITY],
    ["tokensPerPrefix", 0],
    ["tokensPerPrefix", "12000"],
    ["tokensPerPrefix", 10_000_001],
    ["ttl", "2h"],
    ["ttl", 300],
    ["ttl", "toString"],
    ["model", 5],
    ["model", "claude-sonnet-9"],
    ["model", "constructor"],
  ])("of expected.%s is %j", (field, value) => {
    expect(faultsOf(withExpected({ [field]: value }))).toEqual([
      expect.stringMatching(new RegExp(`^expected\\.${field} must .*, got `)),
    ]);
  });

  it("is every option that does not exist, also when they stand together", () => {
    expect(faultsOf(withOptions({ service_name: "x", colours: [] }))).toEqual([
      "service_name is not an option of the warmer",
      "colours is not an option of the warmer",
    ]);
    expect(faultsOf(withLimits({ max_hourly_fill_cost: 5 }))).toEqual([
      "costGuardrails.max_hourly_fill_cost is not an option of the warmer",
    ]);
  });

  it.each([undefined, null, "options", 5, [[]]])("is a configuration that is %j", (options) => {
    expect(faultsOf(options)).toEqual([expect.stringMatching(/^\(root\) must be an object, got /)]);
  });

  it("shows what JSON cannot hold, as a construct given by mistake", () => {
    const circle: Loose = {};
    circle["node"] = circle;
    expect(faultsOf(withOptions({ service: circle }))).toEqual([expect.stringMatching(/, got \(object\)$/)]);
  });

  it("is two colors of one name, each told once", () => {
    expect(faultsOf(withOptions({ colors: ["a", "b", "a", "a", "b", "c"] }))).toEqual([
      'colors must differ, got "a" twice',
      'colors must differ, got "b" twice',
    ]);
  });

  it("is one parameter for key and color", () => {
    for (const fields of [
      { apiKeyParameter: "/support/prod/live-color" },
      { apiKeyParameter: "/x", liveColorParameter: "/x" },
    ]) {
      expect(faultsOf(withOptions(fields))).toEqual([expect.stringMatching(/^apiKeyParameter must not be/)]);
    }
  });

  it.each([
    { ttlAdviceParameter: "/support/prod/live-color" },
    { ttlAdviceParameter: "/support/prod/provider-api-key" },
    { ttlAdviceParameter: "/x", liveColorParameter: "/x" },
    { ttlAdviceParameter: "/x", apiKeyParameter: "/x" },
    { liveColorParameter: "/support/prod/ttl-advice" },
  ])("is advice in the parameter of the color or of the key, which would be overwritten: %o", (fields) => {
    expect(faultsOf(withOptions(fields))).toEqual([
      expect.stringMatching(/^ttlAdviceParameter must be neither the live-color nor the API key's parameter/),
    ]);
  });
});

describe("every fault is told at once", () => {
  it("of shape, of names, of limits, and of how they fit together", () => {
    const faults = faultsOf({
      ...OPTIONS,
      service: "Support",
      colors: ["blue", "blue"],
      concurrency: 0,
      region: "eu",
      apiKeyParameter: "key",
      expected: { ...OPTIONS.expected, model: "claude-sonnet-9" },
      costGuardrails: { maxHourlyFillCost: 5, maxDailyFillCost: 2, absoluteMax: 1 },
    });
    const about = ["service", "colors", "concurrency", "region", "apiKeyParameter", "expected.model"];
    for (const field of [...about, "costGuardrails.maxDailyFillCost", "costGuardrails.absoluteMax"]) {
      expect(faults.filter((fault) => fault.startsWith(field))).toHaveLength(1);
    }
    expect(faults).toHaveLength(8);
  });

  it("and a field that is damaged hides no fault of the others", () => {
    const faults = faultsOf(
      withOptions({ service: 5, costGuardrails: { maxHourlyFillCost: 0.001, maxDailyFillCost: 0.001 } }),
    );
    expect(faults).toEqual([
      expect.stringMatching(/^service /),
      expect.stringMatching(/^costGuardrails.maxHourlyFillCost starves/),
      expect.stringMatching(/^costGuardrails.maxDailyFillCost starves/),
    ]);
  });

  it("for any set of damaged fields, each by its own name", () => {
    const damage: Loose = {
      service: 5,
      environment: "",
      colors: [],
      concurrency: -1,
      apiKeyParameter: "no slash",
      liveColorParameter: "",
      notify: {},
      runbooks: 1,
      expected: 0,
      costGuardrails: "much",
    };
    fc.assert(
      fc.property(fc.subarray(Object.keys(damage), { minLength: 1 }), (fields) => {
        const broken = Object.fromEntries(fields.map((field) => [field, damage[field]]));
        const named = faultsOf(withOptions(broken)).map((fault) => fault.split(" ")[0]);
        expect(named.sort()).toEqual([...fields].sort());
      }),
    );
  });

  it("and nothing but a list of faults is ever thrown", () => {
    const options = fc.oneof(
      fc.anything(),
      fc
        .record(
          Object.fromEntries(
            [...Object.keys(OPTIONS), "concurrency", "notify", "apiKeyParameter"].map((key) => [
              key,
              fc.anything(),
            ]),
          ),
          { requiredKeys: [] },
        )
        .map((fields) => ({ ...OPTIONS, ...fields })),
    );
    fc.assert(
      fc.property(options, (options) => {
        for (const fault of faultsOf(options)) expect(fault).toMatch(/\S/);
      }),
    );
  });
});

describe("limits that do not fit together", () => {
  it.each([
    [2, 2, 0],
    [2, 1.999999, 1],
  ])("hourly %d with daily %d", (maxHourlyFillCost, maxDailyFillCost, count) => {
    const faults = faultsOf(withLimits({ maxHourlyFillCost, maxDailyFillCost })).filter((fault) =>
      fault.includes("must be at least maxHourlyFillCost"),
    );
    expect(faults).toHaveLength(count);
  });

  it.each([
    [10, 0],
    [9.999999, 1],
  ])("daily 10 with an absolute maximum of %d", (absoluteMax, count) => {
    expect(faultsOf(withLimits({ absoluteMax }))).toHaveLength(count);
  });

  const need = worstCase(OPTIONS.expected, 4);
  const usd = (amount: number) => amount / 1_000_000;

  it("starve the warmer one micro-USD below what the first hour needs, and not at it", () => {
    const limits = (hourly: number) => withLimits({ maxHourlyFillCost: usd(hourly) });
    expect(faultsOf(limits(need.firstHour))).toEqual([]);
    expect(faultsOf(limits(need.firstHour - 1))).toEqual([
      expect.stringMatching(
        /^costGuardrails\.maxHourlyFillCost starves the warmer: filling 2 prefixes of 12000 tokens .* needs \$0\.\d+ in the first hour, got \$0\.\d+$/,
      ),
    ]);
  });

  it("starve the warmer one micro-USD below what the first day needs, and not at it", () => {
    const limits = (daily: number) =>
      withLimits({ maxHourlyFillCost: usd(need.firstHour), maxDailyFillCost: usd(daily) });
    expect(faultsOf(limits(need.firstDay))).toEqual([]);
    expect(faultsOf(limits(need.firstDay - 1))).toEqual([
      expect.stringMatching(/^costGuardrails\.maxDailyFillCost starves .* needs \$0\.\d+, got \$0\.\d+$/),
    ]);
  });

  it("leave too little room in flight for what is expected", () => {
    const many = (concurrency: number) => ({
      ...withExpected({ prefixes: 121, tokensPerPrefix: 1_000, ttl: "5m" }),
      costGuardrails: { maxHourlyFillCost: 100, maxDailyFillCost: 100 },
      concurrency,
    });
    expect(faultsOf(many(5))).toEqual([]);
    expect(faultsOf(many(4))).toEqual([
      "concurrency must be at least 5 to touch 121 prefixes within their TTL of 5m, got 4",
    ]);
  });
});
