import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { worstCaseNote } from "../../lib/cdk/worst-case-note.ts";
import { type ActionOnLimit, resolveConfig, type WarmerOptions } from "../../lib/core/config.ts";
import { METRICS } from "../../lib/core/metrics.ts";
import { defineWarmer } from "../../lib/index.ts";
import shipped from "../../warmer.config.ts";
import { newStack, OPTIONS } from "./synthesize.ts";

/** Four faults, each of another sort. */
const BAD = {
  ...OPTIONS,
  service: "My App",
  colors: [],
  concurrency: 257,
  intervall: "4m",
} as WarmerOptions;
const FAULTS = [
  /service must be 1 to 32 of a-z, 0-9 and -.*got "My App"/,
  /colors must name at least one color/,
  /concurrency must be at most 256, got 257/,
  /intervall is not an option of the warmer/,
];

describe("a configuration with faults", () => {
  it("is refused by defineWarmer with every fault at once", () => {
    for (const fault of FAULTS) expect(() => defineWarmer(BAD)).toThrow(fault);
  });

  it("is refused by the construct with its path and every fault at once", () => {
    expect(() => newStack(BAD)).toThrow(/^support-prod-warmer: the warmer's configuration has 4 faults/);
    for (const fault of FAULTS) expect(() => newStack(BAD)).toThrow(fault);
  });

  it("is refused when its limits starve what is expected", () => {
    expect(() => newStack({ expected: { ...OPTIONS.expected, prefixes: 10_000 } })).toThrow(
      /maxHourlyFillCost starves the warmer[\s\S]*maxDailyFillCost starves the warmer/,
    );
  });

  it("is refused when it does not fit into a function's environment", () => {
    const { length } = JSON.stringify(resolveConfig({ ...OPTIONS, runbooks: "" }));
    const fill = (bytes: number) => ({ runbooks: "r".repeat(bytes - length) });
    expect(() => newStack(fill(3_501))).toThrow(
      /^support-prod-warmer\/Warmer: the configuration must fit into 3500 bytes .* got 3501; name fewer colors/,
    );
    expect(newStack(fill(3_500)).warmer.config.service).toBe("support");
  });
});

describe("defineWarmer", () => {
  it("returns what it was given", () => {
    expect(defineWarmer(OPTIONS)).toBe(OPTIONS);
  });
});

describe("the shipped warmer.config.ts", () => {
  it("is a configuration that synthesizes", () => {
    expect(newStack(shipped).stackName).toBe("support-prod-warmer");
  });
});

describe("the stack's name", () => {
  it("follows service and environment, whatever id the stack has", () => {
    expect(newStack({ service: "search", environment: "stage" }).stackName).toBe("search-stage-warmer");
  });
});

describe("the metrics of the construct", () => {
  const { warmer } = newStack();

  it.each([
    ["HitRate", warmer.metricHitRate()],
    ["FillCost", warmer.metricFillCost()],
    ["SecondsOverdue", warmer.metric("SecondsOverdue")],
  ] as const)("are read as they are sent: %s", (name, metric) => {
    expect(metric).toMatchObject({
      namespace: "PromptCacheWarmer",
      metricName: name,
      statistic: METRICS[name].statistic,
      dimensions: { Service: "support", Environment: "prod" },
    });
    expect(metric.unit).toBeUndefined();
  });

  it("keep their dimensions whatever options are given", () => {
    const metric = warmer.metricHitRate({ statistic: "p10", dimensionsMap: { Color: "blue" } });
    expect(metric).toMatchObject({
      statistic: "p10",
      dimensions: { Service: "support", Environment: "prod" },
    });
  });
});

describe("the note about money", () => {
  it("says what is usual and what is the most, in dollars per hour", () => {
    expect(worstCaseNote(resolveConfig(OPTIONS))).toBe(
      "support/prod: keeping 2 prefixes of 12000 tokens warm (claude-sonnet-5-5, 1h) costs at most $0.20 in the first hour, then $0.0028 an hour;\n" +
        "whatever goes wrong, it pauses at $2.00 per UTC hour and $10.00 per UTC day, until an operator allows more",
    );
  });

  it.each<ActionOnLimit>(["alert_only", "throttle"])(
    "names the absolute maximum with %s",
    (actionOnLimit) => {
      const costGuardrails = { ...OPTIONS.costGuardrails, actionOnLimit };
      expect(worstCaseNote(resolveConfig({ ...OPTIONS, costGuardrails }))).toContain(
        "it stops at $30.00 per UTC day, which one hour may use up",
      );
    },
  );
});

/** An optional property as the source documents it. */
interface OptionalProperty {
  readonly name: string;
  readonly documentation: string;
}

function optionalProperties(file: string): OptionalProperty[] {
  const source = readFileSync(new URL(`../../${file}`, import.meta.url), "utf8");
  const pattern = /(\/\*\*(?:(?!\*\/)[\s\S])*\*\/)?\s*readonly (\w+)\?:/g;
  const start = source.search(/export interface (WarmerOptions|HookSettings|\w+Props) /);
  const end = source.indexOf("\n}\n", start);
  return [...source.slice(start, end).matchAll(pattern)].map(([, documentation = "", name = ""]) => ({
    name,
    documentation,
  }));
}

describe("every optional property", () => {
  const properties = [
    ...optionalProperties("lib/core/config.ts"),
    ...optionalProperties("lib/cdk/prompt-cache-warmer-props.ts"),
    ...optionalProperties("lib/cdk/warmer-stack.ts"),
    ...optionalProperties("lib/cdk/hook-settings.ts"),
  ];

  it("is found in the sources", () => {
    expect(properties.map(({ name }) => name)).toEqual([
      "actionOnLimit",
      "notifyOnLimit",
      "absoluteMax",
      "apiKeyParameter",
      "liveColorParameter",
      "ttlAdviceParameter",
      "concurrency",
      "keepPreviousFor",
      "gate",
      "minCoverage",
      "timeout",
      "failDeployment",
      "organic",
      "minHitRate",
      "minRequests",
      "spikes",
      "info",
      "warning",
      "critical",
      "warningWindow",
      "criticalWindow",
      "minimumBaseline",
      "minimumSpike",
      "policy",
      "name",
      "lambda",
      "closedDays",
      "providerLimits",
      "requestsPerMinute",
      "inputTokensPerMinute",
      "share",
      "partitions",
      "apiKeyParameter",
      "expected",
      "models",
      "notify",
      "runbooks",
      "table",
      "alarmTopic",
      "infoTopic",
      "warningTopic",
      "criticalTopic",
      "apiKeyEncryptionKey",
      "dashboard",
      "logRetention",
      "retainedTable",
      "color",
      "minCoverage",
      "timeout",
      "failDeployment",
    ]);
  });

  it.each(properties)("says what happens without it: $name", ({ documentation }) => {
    expect(documentation).toMatch(/@default (- )?\S/);
  });

  it("that has a literal default has that one", () => {
    const config = resolveConfig(OPTIONS);
    const actual: Record<string, unknown> = {
      ...config,
      ...config.guardrails,
      ...config.gate,
      ...config.organic,
      ...config.spikes.factors,
      ...config.policy,
      ...config.policy.providerLimits,
      warningWindow: config.spikes.windows.warning,
      criticalWindow: config.spikes.windows.critical,
      keepPreviousFor: config.keepPreviousMs / 60_000,
      timeout: config.gate.timeoutMs / 1000,
    };
    const literals = properties.flatMap(({ name, documentation }) => {
      const literal = /@default ("[^"]*"|[\d.]+|true|false)/.exec(documentation)?.[1];
      return literal === undefined ? [] : [[name, literal] as const];
    });
    expect(literals.map(([name]) => name)).toEqual([
      "actionOnLimit",
      "apiKeyParameter",
      "liveColorParameter",
      "ttlAdviceParameter",
      "concurrency",
      "keepPreviousFor",
      "minCoverage",
      "timeout",
      "failDeployment",
      "minHitRate",
      "minRequests",
      "info",
      "warning",
      "critical",
      "warningWindow",
      "criticalWindow",
      "name",
      "lambda",
      "share",
    ]);
    for (const [name, literal] of literals) {
      const expected = JSON.parse(literal.replace("<service>", "support").replace("<environment>", "prod"));
      expect(actual[name]).toBe(expected);
    }
  });
});
