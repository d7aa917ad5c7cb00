import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseAlarmEvent } from "../../lib/core/alarm-event.ts";
import { ALARMS, type AlarmName, alarmName } from "../../lib/core/alarms.ts";
import { NOON } from "./samples.ts";

const PLACE = { account: "111122223333", region: "eu-central-1" };
const SPEND = alarmName("support", "prod", "HourlySpend");
const REASON =
  "Threshold Crossed: 1 datapoint [1.2 (21/11/26 11:59:00)] was greater than or equal to the threshold (1.0).";
/** CloudWatch writes its times without a colon in the offset. */
const TIME = "2026-11-21T12:00:00.000+0000";

interface Alarm {
  readonly name?: string;
  readonly state?: string;
  readonly account?: string;
  readonly region?: string;
}

const arnOf = ({ name = SPEND, account = PLACE.account, region = PLACE.region }: Alarm) =>
  `arn:aws:cloudwatch:${region}:${account}:alarm:${name}`;

const configuration = {
  metrics: [
    {
      id: "m1",
      metricStat: {
        metric: {
          namespace: "PromptCacheWarmer",
          name: "HourlyLimitUsed",
          dimensions: { Service: "support" },
        },
        period: 60,
        stat: "Maximum",
      },
      returnData: true,
    },
  ],
};

/** Shape: alarm actions recorded in April and July 2024 and published as fixtures, read 2026-11-21. */
const directAction = (alarm: Alarm = {}) => ({
  source: "aws.cloudwatch",
  alarmArn: arnOf(alarm),
  accountId: alarm.account ?? PLACE.account,
  time: TIME,
  region: alarm.region ?? PLACE.region,
  alarmData: {
    alarmName: alarm.name ?? SPEND,
    state: { value: alarm.state ?? "ALARM", reason: REASON, reasonData: "{}", timestamp: TIME },
    previousState: { value: "OK", reason: "fine", timestamp: TIME },
    configuration,
  },
});

/** Shape: CloudWatch user guide, "Alarm events and EventBridge", and published examples of 2025, read 2026-11-21. */
const stateChange = (alarm: Alarm = {}) => ({
  version: "0",
  id: "c4c1c1c9-6542-e61b-6ef0-8c4d36933a92",
  "detail-type": "CloudWatch Alarm State Change",
  source: "aws.cloudwatch",
  account: alarm.account ?? PLACE.account,
  time: "2026-11-21T12:00:00Z",
  region: alarm.region ?? PLACE.region,
  resources: [arnOf(alarm)],
  detail: {
    alarmName: alarm.name ?? SPEND,
    configuration,
    previousState: { value: "OK", reason: "fine", timestamp: TIME },
    state: { value: alarm.state ?? "ALARM", reason: REASON, timestamp: TIME },
  },
});

/** Shape: published recordings of CloudWatch notifications to a function, read 2026-11-21; `AlarmArn` is newer than 2017. */
const notification = (alarm: Alarm = {}) => ({
  Records: [
    {
      EventSource: "aws:sns",
      EventVersion: "1.0",
      EventSubscriptionArn: `arn:aws:sns:${PLACE.region}:${PLACE.account}:alarms:7b5f`,
      Sns: {
        Type: "Notification",
        MessageId: "95df01b4-ee98-5cb9-9903-4c221d41eb5e",
        Subject: `ALARM: "${alarm.name ?? SPEND}" in EU (Frankfurt)`,
        Message: JSON.stringify({
          AlarmName: alarm.name ?? SPEND,
          AlarmDescription: null,
          AWSAccountId: alarm.account ?? PLACE.account,
          NewStateValue: alarm.state ?? "ALARM",
          NewStateReason: REASON,
          StateChangeTime: TIME,
          Region: "EU (Frankfurt)",
          AlarmArn: arnOf(alarm),
          OldStateValue: "OK",
        }),
        Timestamp: "2026-11-21T12:00:00.100Z",
      },
    },
  ],
});

const SHAPES = [
  ["a direct action", directAction, "action"],
  ["a state-change event", stateChange, "rule"],
  ["a notification", notification, "topic"],
] as const;

const parse = (event: unknown) => parseAlarmEvent(event, "support", "prod", PLACE);

describe.each(SHAPES)("%s", (_shape, made, path) => {
  it.each(["HourlySpend", "DailySpend"] as const)(
    "of %s pauses, with the alarm's name, reason and time",
    (alarm) => {
      const name = alarmName("support", "prod", alarm);
      expect(parse(made({ name }))).toEqual({
        kind: "pause",
        alarm,
        alarmArn: arnOf({ name }),
        reason: REASON,
        at: NOON,
      });
    },
  );

  it("of a fire drill is heard by its own path, and pauses nothing", () => {
    expect(parse(made({ name: alarmName("support", "prod", "Drill") }))).toEqual({ kind: "drill", path });
  });

  it.each(["OK", "INSUFFICIENT_DATA", "alarm", ""])("with the state %j is ignored", (state) => {
    expect(parse(made({ state }))).toMatchObject({ kind: "ignored", why: expect.stringContaining("state") });
  });

  it.each([
    ...(Object.keys(ALARMS) as AlarmName[])
      .filter((alarm) => !ALARMS[alarm].pauses)
      .map((alarm) => alarmName("support", "prod", alarm)),
    alarmName("support", "staging", "HourlySpend"),
    alarmName("billing", "prod", "HourlySpend"),
    "support-prod-HourlySpend-2",
    "HourlySpend",
    "",
  ])("of the alarm %j is ignored: only this warmer's spend alarms pause", (name) => {
    expect(parse(made({ name }))).toMatchObject({
      kind: "ignored",
      why: expect.stringContaining("not a spend alarm of this warmer"),
    });
  });

  it.each([
    { account: "444455556666" },
    { region: "us-east-1" },
    { account: "444455556666", region: "us-east-1" },
  ])("from another place (%j) is ignored", (place) => {
    const { account, region } = { ...PLACE, ...place };
    expect(parse(made(place))).toEqual({
      kind: "ignored",
      why: `the alarm is of account and region "${account}/${region}", not of this one`,
    });
  });
});

describe("parts that may be missing", () => {
  const withState = (state: object) => {
    const event = directAction();
    return { ...event, alarmData: { ...event.alarmData, state } };
  };

  it("are a reason: a composite alarm's payload has none", () => {
    expect(parse(withState({ value: "ALARM", timestamp: TIME }))).toMatchObject({
      kind: "pause",
      reason: "no reason given",
    });
  });

  it("are the state's time: the event's own counts then, or none", () => {
    expect(parse(withState({ value: "ALARM", reason: REASON }))).toMatchObject({ kind: "pause", at: NOON });
    expect(parse({ ...withState({ value: "ALARM" }), time: "yesterday" })).toMatchObject({
      kind: "pause",
      at: 0,
    });
  });

  it("are not the name, the ARN or the state", () => {
    const { alarmArn: _arn, ...withoutArn } = directAction();
    const { alarmData: _data, ...withoutData } = directAction();
    for (const event of [
      withoutArn,
      withoutData,
      withState({ reason: REASON }),
      { source: "aws.cloudwatch" },
    ]) {
      expect(parse(event)).toMatchObject({ kind: "ignored", why: expect.stringContaining("not an alarm") });
    }
  });

  it("leave a reason of at most 500 characters", () => {
    const event = parse(withState({ value: "ALARM", reason: "x".repeat(5_000) }));
    expect(event.kind === "pause" && event.reason.length).toBe(500);
  });
});

describe("anything else", () => {
  it.each([
    undefined,
    null,
    "ALARM",
    5,
    [[]],
    {},
    { source: "aws.ssm", detail: directAction().alarmData },
    { ...directAction(), source: "aws.ssm" },
    { Records: [{ Sns: { Message: JSON.stringify({ AlarmName: SPEND, NewStateValue: "ALARM" }) } }] },
    { Records: [] },
    { Records: [{ Sns: { Message: "not JSON" } }] },
    { Records: [{ Sns: { Message: "null" } }] },
    { Records: [{ Sns: { Message: JSON.stringify({ AlarmName: SPEND, AlarmArn: arnOf({}) }) } }] },
    { Records: [{ Sns: { Message: 5 } }] },
    { Records: [{ s3: {} }] },
    { Records: { 0: notification().Records[0] } },
  ])("is ignored with what came: %j", (event) => {
    expect(parse(event)).toMatchObject({ kind: "ignored", why: expect.stringMatching(/^not an alarm: ./) });
  });

  it("is told escaped and cut, since anyone may have written it", () => {
    const event = parse({ source: "aws.other", text: `\u001b[2J${"x".repeat(10_000)}` });
    expect(event.kind === "ignored" && event.why.length).toBeLessThan(80);
    const named = parse(directAction({ name: `\u202e${"x".repeat(300)}` }));
    expect(named.kind === "ignored" && named.why).toMatch(/^"\\u202ex{39}…" is not/);
  });

  it("never throws and never pauses, whatever is put in the place of whatever", () => {
    const json = fc.jsonValue({ maxDepth: 3 });
    const event = fc.oneof(
      fc.anything(),
      fc.record({
        source: fc.constant("aws.cloudwatch"),
        alarmArn: json,
        alarmData: json,
        detail: json,
        resources: json,
      }),
      fc.record({ Records: fc.array(fc.record({ Sns: fc.record({ Message: fc.oneof(json, fc.json()) }) })) }),
      fc.record({
        source: fc.constant("aws.cloudwatch"),
        alarmArn: fc.oneof(fc.constant(arnOf({})), fc.string()),
        alarmData: fc.record({ alarmName: fc.string(), state: json }),
      }),
    );
    fc.assert(
      fc.property(event, (event) => {
        expect(parse(event).kind).toBe("ignored");
      }),
      { numRuns: 300 },
    );
  });

  it("pauses only if name, state and place are all right", () => {
    const part = (right: string) => fc.oneof(fc.constant(right), fc.string());
    const alarm = fc.record({
      name: part(SPEND),
      state: part("ALARM"),
      account: fc.oneof(fc.constant(PLACE.account), fc.stringMatching(/^[0-9]{0,12}$/)),
      region: part(PLACE.region),
    });
    fc.assert(
      fc.property(fc.constantFrom(...SHAPES.map(([, made]) => made)), alarm, (made, alarm) => {
        const isOurs =
          alarm.name === SPEND &&
          alarm.state === "ALARM" &&
          alarm.account === PLACE.account &&
          alarm.region === PLACE.region;
        expect(parse(made(alarm)).kind).toBe(isOurs ? "pause" : "ignored");
      }),
    );
  });
});
