import { readFileSync } from "node:fs";
import { join } from "node:path";
import { CloudWatchClient, SetAlarmStateCommand } from "@aws-sdk/client-cloudwatch";
import { PutCommand } from "@aws-sdk/lib-dynamodb";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { ALARMS, type AlarmDefinition, alarmName } from "../../lib/core/alarms.ts";
import { METRICS, type MetricName, NAMESPACE } from "../../lib/core/metrics.ts";
import { sha256 } from "../../lib/core/prefix.ts";
import { toUsageItem } from "../../lib/core/usage/usage-record.ts";
import { REGION } from "../../lib/local/account.ts";
import { aPrompt } from "../support/prompts.ts";
import { CONFIG, MINUTE, START, World } from "../support/world.ts";
import { stateTable } from "./state.ts";

const MAX_OWN_SERIES = 20;
const DAY = 24 * 60 * MINUTE;
const { service, environment } = CONFIG;

let world: World;

/**
 * A story in which every metric appears, and every alarm on what AWS itself measures has cause to speak: a warmer of
 * eight days beside an application that records its use, until the table does not answer.
 */
beforeAll(async () => {
  world = await World.live([aPrompt("support"), aPrompt("triage")]);
  await rememberEightDays();
  await recordUse();
  await world.pass(3 * MINUTE);
  const mend = world.engine.faults.inject({ kind: "unavailable", service: "dynamodb" });
  // The pause function is called, cannot read the state, gives up after two retries, and its event is kept.
  await setAlarm(alarmName(service, environment, "HourlySpend"));
  await askGate();
  await world.pass(8 * MINUTE);
  mend();
  await world.pass(MINUTE);
});
afterAll(() => world.stop());

/** Days are too long to play minute by minute. */
async function rememberEightDays(): Promise<void> {
  const { control, history } = world.warmer.operator;
  const today = Math.floor(START / DAY);
  const aDay = { hours: 24, fillCost: 9_000, spend: 12_000, avoided: 90_000, requests: 500 };
  const days = Array.from({ length: 8 }, (_, i) => ({ day: today - 8 + i, ...aDay }));
  await history.write({ hours: [], days });
  const held = await control.read();
  if (held === undefined) throw new Error("there is no control item");
  await control.write({ ...held.control, createdAt: (today - 8) * DAY }, held.revision, "aged");
}

/** What the application used in the minute that is over, sessions' first requests among it. */
async function recordUse(): Promise<void> {
  const counts = { requests: 30, cold: 3, neither: 0, first: 5, firstHits: 4 };
  const tokens = { readTokens: 81_000, write5mTokens: 9_000, write1hTokens: 0, uncachedTokens: 600 };
  const use = { fingerprint: sha256("support"), model: "claude-sonnet-5-5", ...counts, ...tokens };
  const record = { minute: START - MINUTE, writer: "application", part: 0, lost: 0, prefixes: [use] };
  const { client, name } = stateTable(world);
  await client.send(new PutCommand({ TableName: name, Item: toUsageItem(record) }));
}

/** A pipeline asks whether green is warm. */
async function askGate(): Promise<void> {
  const invocation = { at: world.engine.now(), trigger: "a pipeline", payload: { color: "green" } };
  await world.engine.lambda.invoke(world.functionOf("WarmerGate").name, invocation);
}

async function setAlarm(name: string): Promise<void> {
  const credentials = { accessKeyId: "operator", secretAccessKey: "local" };
  const client = new CloudWatchClient({ endpoint: world.engine.url, region: REGION, credentials });
  await client.send(
    new SetAlarmStateCommand({ AlarmName: name, StateValue: "ALARM", StateReason: "a story" }),
  );
  client.destroy();
}

/** The alarms of the deployed template, by the name in the table. */
function deployed() {
  const alarms = world.engine.template().ofType("AWS::CloudWatch::Alarm");
  return (Object.entries(ALARMS) as [keyof typeof ALARMS, AlarmDefinition][]).map(([name, definition]) => {
    const alarm = alarms.find((candidate) => candidate.name === alarmName(service, environment, name));
    if (alarm === undefined) throw new Error(`the template has no alarm ${name}`);
    const { Namespace, MetricName: metric, Dimensions, Statistic } = alarm.properties;
    const dimensions = Object.fromEntries(Dimensions.map(({ Name, Value }) => [Name, Value]));
    return { name, definition, alarm, series: { namespace: Namespace, metric, dimensions }, Statistic };
  });
}

describe("the series on the wire", () => {
  it("are every metric of the table, and no other", () => {
    const sent = world.engine.cloudwatch.published().map(({ metric }) => metric);
    expect(sent.sort()).toEqual(Object.keys(METRICS).sort());
  });

  it(`are at most ${MAX_OWN_SERIES}`, () => {
    expect(world.engine.cloudwatch.published().length).toBeLessThanOrEqual(MAX_OWN_SERIES);
  });

  it("have one unit each, that of the table, and the one sender that it names", () => {
    for (const { metric, namespace, units, callers } of world.engine.cloudwatch.published()) {
      const { unit, sentBy } = METRICS[metric as MetricName];
      expect(namespace).toBe(NAMESPACE);
      expect([...units]).toEqual([unit]);
      expect([...callers]).toEqual([expect.stringMatching(new RegExp(`^Warmer${sentBy}`, "i"))]);
    }
  });

  it("carry service and environment, and no color", () => {
    for (const { dimensions } of world.engine.cloudwatch.published()) {
      expect(dimensions).toEqual({ Service: service, Environment: environment });
    }
  });
});

describe("every alarm of the template", () => {
  it("is one of the table, and the other way round", () => {
    const names = world.engine
      .template()
      .ofType("AWS::CloudWatch::Alarm")
      .map(({ name }) => name);
    expect(names.sort()).toEqual(
      deployed()
        .map(({ alarm }) => alarm.name)
        .sort(),
    );
  });

  it("on one of our metrics looks at a series that was sent, with the statistic that its metric has", () => {
    const sent = world.engine.cloudwatch.published();
    const own = deployed().filter(({ definition }) => definition.subject.kind === "own");
    expect(own.length).toBeGreaterThan(0);
    for (const { name, series, Statistic } of own) {
      expect(sent, name).toContainEqual(expect.objectContaining(series));
      expect(Statistic, name).toBe(METRICS[series.metric as MetricName].statistic);
    }
  });

  it("on what AWS measures has spoken: its series exists, and the statistic reaches the threshold", () => {
    const theirs = deployed().filter(({ definition }) => definition.subject.kind !== "own");
    expect(theirs.map(({ series }) => series.namespace)).toEqual(
      expect.arrayContaining(["AWS/Lambda", "AWS/SQS"]),
    );
    for (const { name } of theirs) expect(world.fired(name), name).not.toEqual([]);
  });

  it("has no unit", () => {
    const { directory, stack } = inject("assembly");
    const template = JSON.parse(readFileSync(join(directory, `${stack}.template.json`), "utf8"));
    const resources = Object.values(template.Resources) as { Type: string; Properties: object }[];
    const alarms = resources.filter(({ Type }) => Type === "AWS::CloudWatch::Alarm");
    expect(alarms).toHaveLength(Object.keys(ALARMS).length);
    for (const { Properties } of alarms) expect(Properties).not.toHaveProperty("Unit");
  });

  it("has no color in a dimension or a name", () => {
    for (const { alarm, series } of deployed()) {
      const words = [alarm.name, alarm.logicalId, ...Object.entries(series.dimensions).flat()];
      for (const color of CONFIG.colors) expect(words.join(" ").toLowerCase()).not.toContain(color);
    }
  });
});
