import { CloudWatchClient, type MetricDatum, PutMetricDataCommand } from "@aws-sdk/client-cloudwatch";
import { describe, expect, it } from "vitest";
import { createCloudWatch } from "../../lib/local/aws/cloudwatch.ts";
import type { MetricSample } from "../../lib/local/metric-store.ts";
import { anEndpoint, nameOf } from "./an-endpoint.ts";

const NOW = Date.UTC(2026, 10, 21, 3, 44);
const DAY = 24 * 3600_000;

async function aCloudWatch() {
  const stored: MetricSample[] = [];
  const alarms = { all: () => [], history: () => [], set: () => false };
  const cloudwatch = createCloudWatch({
    alarms,
    metrics: { put: (samples) => void stored.push(...samples) },
  });
  const { operator } = await anEndpoint({ cloudwatch: cloudwatch.handlers }, () => NOW);
  const client = new CloudWatchClient(operator);
  const put = (MetricData: MetricDatum[], Namespace = "PromptCacheWarmer") =>
    client.send(new PutMetricDataCommand({ Namespace, MetricData }));
  return { put, stored, published: cloudwatch.published };
}

const one = (more: Partial<MetricDatum>): MetricDatum => ({ MetricName: "FillCost", Value: 1, ...more });
const many = <T>(count: number, make: (i: number) => T) => Array.from({ length: count }, (_, i) => make(i));
const dimension = (Name: string, Value: string) => ({ Dimensions: [{ Name, Value }] });
const timed = (offset: number) => one({ Timestamp: new Date(NOW + offset) });
const statistics = { SampleCount: 3, Sum: 6, Minimum: 1, Maximum: 3 };
const INVALID = "InvalidParameterValueException";
const MISSING = "MissingRequiredParameterException";

describe("PutMetricData", () => {
  it.each<[string, MetricDatum[], string]>([
    ["no datum", [], MISSING],
    ["1000 data", many(1000, () => one({})), "answered"],
    ["1001 data", many(1001, () => one({})), INVALID],
    ["a NaN among good data", [one({}), one({ Value: Number.NaN })], INVALID],
    ["an infinite value", [one({ Value: Number.POSITIVE_INFINITY })], INVALID],
    ["the largest value", [one({ Value: 2 ** 360 })], "answered"],
    ["a value beyond the largest", [one({ Value: -(2 ** 361) })], INVALID],
    ["a value of zero", [one({ Value: 0 })], "answered"],
    ["no value", [one({ Value: undefined })], MISSING],
    ["no name", [one({ MetricName: undefined })], MISSING],
    ["a value and values", [one({ Values: [1] })], "InvalidParameterCombinationException"],
    ["150 values", [one({ Value: undefined, Values: many(150, Number) })], "answered"],
    ["151 values", [one({ Value: undefined, Values: many(151, Number) })], INVALID],
    ["counts that do not fit the values", [one({ Value: undefined, Values: [1, 2], Counts: [1] })], INVALID],
    ["a count of zero", [one({ Value: undefined, Values: [1], Counts: [0] })], INVALID],
    ["statistics", [one({ Value: undefined, StatisticValues: statistics })], "answered"],
    [
      "statistics of nothing",
      [one({ Value: undefined, StatisticValues: { ...statistics, SampleCount: 0 } })],
      INVALID,
    ],
    ["30 dimensions", [one({ Dimensions: many(30, (i) => ({ Name: `d${i}`, Value: "v" })) })], "answered"],
    ["31 dimensions", [one({ Dimensions: many(31, (i) => ({ Name: `d${i}`, Value: "v" })) })], INVALID],
    ["an empty dimension value", [one(dimension("Service", ""))], INVALID],
    ["a time two weeks old", [timed(-14 * DAY)], "answered"],
    ["an older time", [timed(-14 * DAY - 1000)], INVALID],
    ["a time two hours ahead", [timed(DAY / 12)], "answered"],
    ["a later time", [timed(DAY / 12 + 1000)], INVALID],
    ["a resolution of one second", [one({ StorageResolution: 1 })], "answered"],
    ["a resolution of ten seconds", [one({ StorageResolution: 10 })], INVALID],
  ])("with %s is answered as AWS does", async (_name, data, expected) => {
    const { put, stored } = await aCloudWatch();
    expect(await nameOf(put(data))).toBe(expected);
    expect(stored.length > 0).toBe(expected === "answered");
  });

  it.each(["", "AWS/Lambda", ":a"])("refuses the namespace %j", async (namespace) => {
    const { put } = await aCloudWatch();
    expect(await nameOf(put([one({})], namespace))).toBe(INVALID);
  });

  it("names the member, the rule and the value that it refuses", async () => {
    const { put } = await aCloudWatch();
    await expect(put([one({}), one({ Value: Number.NaN })])).rejects.toThrow(
      /MetricData\.member\.2\.Value .*not NaN.*"NaN"/,
    );
  });

  it("stores a datum under its own time, else under the request's", async () => {
    const { put, stored } = await aCloudWatch();
    await put([timed(-5000), one({})]);
    expect(stored.map(({ at }) => at)).toEqual([NOW - 5000, NOW]);
  });

  it("stores values with their counts, and statistics as they are", async () => {
    const { put, stored } = await aCloudWatch();
    await put([one({ Value: undefined, Values: [1, 5], Counts: [2, 1] })]);
    await put([one({ Value: undefined, StatisticValues: statistics })]);
    expect(stored).toMatchObject([
      { value: 1, count: 2 },
      { value: 5, count: 1 },
      { statistics: { sampleCount: 3, sum: 6, minimum: 1, maximum: 3 } },
    ]);
  });

  it("keeps what was published by series: namespace, name and exact dimensions", async () => {
    const { put, published } = await aCloudWatch();
    const Dimensions = [
      { Name: "Service", Value: "shop" },
      { Name: "Environment", Value: "prod" },
    ];
    await put([one({ Dimensions, Unit: "None" })]);
    await put([one({ Dimensions: Dimensions.toReversed(), Unit: "Count" })]);
    await put([one({ Dimensions: Dimensions.slice(0, 1) })]);
    expect(published()).toEqual([
      {
        namespace: "PromptCacheWarmer",
        metric: "FillCost",
        dimensions: { Environment: "prod", Service: "shop" },
        units: new Set(["None", "Count"]),
        callers: new Set(["operator"]),
        data: 2,
      },
      expect.objectContaining({ dimensions: { Service: "shop" }, data: 1 }),
    ]);
  });
});
