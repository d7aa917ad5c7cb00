import { describe, expect, it } from "vitest";
import { ALARMS, type AlarmName, alarmNames } from "../../lib/core/alarms.ts";
import { resolveConfig, type WarmerConfig } from "../../lib/core/config.ts";
import { type Control, newControl } from "../../lib/core/control.ts";
import {
  alarmFindings,
  type DeployedAlarm,
  drillFinding,
  limitFindings,
  modelFindings,
  priceFinding,
} from "../../lib/core/findings.ts";
import { needOf } from "../../lib/core/manifest.ts";
import { retiresOn } from "../../lib/core/models.ts";
import { PRICE_TABLE_DATE } from "../../lib/core/prices.ts";
import { TEST_OPTIONS } from "../support/options.ts";
import { anEntry, NOON } from "./samples.ts";

const DAY = 86_400_000;
const TOPIC = "arn:aws:sns:eu-central-1:123456789012:warmer";
const PAUSE = "arn:aws:lambda:eu-central-1:123456789012:function:pause";
const CONFIG = resolveConfig(TEST_OPTIONS);

const withLimit = (hourly: number): WarmerConfig => ({
  ...CONFIG,
  guardrails: { ...CONFIG.guardrails, hourly },
});

describe("the limits, as doctor finds them", () => {
  const entry = anEntry({ countedTokens: CONFIG.expected.tokensPerPrefix });
  const { firstHour } = needOf([entry], CONFIG.concurrency);

  it.each([
    ["leave room for what is served", firstHour, "ok"],
    ["are a micro-dollar short of it", firstHour - 1, "problem"],
  ])("%s", (_what, hourly, verdict) => {
    const [expected, served, ...others] = limitFindings(withLimit(hourly), [entry]);
    expect(expected).toMatchObject({ check: "limits", verdict: "ok" });
    expect(expected?.message).toMatch(
      /^\$[\d.]+ an hour; the expected prefixes need \$[\d.]+ in their first hour$/,
    );
    expect(served).toMatchObject({ check: "limits", verdict });
    expect(served?.message).toMatch(/^the live manifest needs \$[\d.]+ in its first hour/);
    expect(served?.next).toBe(
      verdict === "problem" ? "raise maxHourlyFillCost, or publish fewer or smaller prefixes" : undefined,
    );
    expect(others).toEqual([]);
  });

  it.each([
    ["as large as expected", 0, 0, []],
    ["a token larger than expected", 0, 1, ["warning"]],
    ["one prefix more than expected", 1, 0, ["warning"]],
  ])("say whether what is served is %s", (_what, more, tokens, verdicts) => {
    const { prefixes, tokensPerPrefix } = CONFIG.expected;
    const entries = Array.from({ length: prefixes + more }, (_, i) =>
      anEntry({ name: `p${i}`, countedTokens: tokensPerPrefix + tokens }),
    );
    const [, , ...larger] = limitFindings(withLimit(1e12), entries);
    expect(larger.map(({ verdict }) => verdict)).toEqual(verdicts);
    for (const { check, message, next } of larger) {
      expect(check).toBe("limits");
      expect(message).toBe(
        `the live manifest (${prefixes + more} prefixes, up to ${tokensPerPrefix + tokens} tokens) is larger than expected (${prefixes}, ${tokensPerPrefix})`,
      );
      expect(next).toBe("correct `expected` in warmer.config.ts and deploy");
    }
  });

  it("are held against what is expected alone while nothing is served, or a model has no price", () => {
    expect(limitFindings(CONFIG, [])).toHaveLength(1);
    expect(limitFindings(CONFIG, [entry, anEntry({ name: "other", model: "claude-none" })])).toHaveLength(1);
  });
});

describe("models, as doctor finds them", () => {
  it("are each told once, the expected one first", () => {
    const found = modelFindings(CONFIG, [anEntry(), anEntry({ model: "claude-opus-5-5" })], NOON);
    expect(found.map(({ verdict, message }) => [verdict, message])).toEqual([
      ["ok", "claude-sonnet-5-5 is priced and not about to retire"],
      ["ok", "claude-opus-5-5 is priced and not about to retire"],
    ]);
  });

  it.each([
    ["30 days before it may retire", 30 * DAY, "ok"],
    ["a moment later", 30 * DAY - 1, "warning"],
  ])("say %s what comes", (_when, before, verdict) => {
    const retires = Date.parse(retiresOn("claude-opus-4-5") ?? "");
    const found = modelFindings(CONFIG, [anEntry({ model: "claude-opus-4-5" })], retires - before).at(-1);
    expect(found).toMatchObject({ check: "models", verdict });
    if (verdict === "warning")
      expect(found?.message).toBe("claude-opus-4-5 may be retired from 2026-11-24 on");
    expect(found?.next).toBe(verdict === "ok" ? undefined : "release a prompt for a newer model");
  });

  it("of which no day is known are fine at any time", () => {
    const found = modelFindings(CONFIG, [], Date.UTC(2099, 0));
    expect(found).toMatchObject([{ check: "models", verdict: "ok" }]);
  });

  it("without a price are a problem", () => {
    expect(modelFindings(CONFIG, [anEntry({ model: "claude-none" })], NOON).at(-1)).toEqual({
      check: "models",
      verdict: "problem",
      message: "claude-none has no price; it is never touched",
      next: "upgrade this package",
    });
  });
});

/** Every alarm of the table as it should be deployed. */
function deployed(config: WarmerConfig): DeployedAlarm[] {
  return (Object.keys(ALARMS) as AlarmName[]).flatMap((alarm) =>
    alarmNames(config, alarm).map(({ name }) => ({
      name,
      actionsEnabled: true,
      alarmActions: ALARMS[alarm].pauses || alarm === "Drill" ? [TOPIC, PAUSE] : [TOPIC],
    })),
  );
}

describe("alarms, as doctor finds them", () => {
  const place = `${CONFIG.service}-${CONFIG.environment}`;
  const found = (alarms: readonly DeployedAlarm[], config = CONFIG) => alarmFindings(alarms, TOPIC, config);
  const changed = (alarm: AlarmName, change: Partial<DeployedAlarm>) =>
    deployed(CONFIG).map((one) => (one.name === `${place}-${alarm}` ? { ...one, ...change } : one));

  it("all exist and act", () => {
    expect(found(deployed(CONFIG))).toEqual([
      { check: "alarms", verdict: "ok", message: `all ${Object.keys(ALARMS).length} exist and act` },
    ]);
  });

  it.each<[string, readonly DeployedAlarm[], string, string]>([
    [
      "is gone",
      deployed(CONFIG).filter(({ name }) => name !== `${place}-NotWarm`),
      "NotWarm does not exist",
      "cdk deploy",
    ],
    [
      "was silenced",
      changed("NotWarm", { actionsEnabled: false }),
      "the actions of NotWarm are disabled",
      "enable them",
    ],
    [
      "tells nobody",
      changed("NotWarm", { alarmActions: [`${TOPIC}-other`] }),
      "NotWarm does not notify the topic",
      "cdk deploy",
    ],
    [
      "of money pauses nothing",
      changed("DailySpend", { alarmActions: [TOPIC] }),
      "DailySpend does not invoke the pause function as the drill does",
      "cdk deploy",
    ],
  ])("one that %s is a problem", (_what, alarms, message, next) => {
    expect(found(alarms)).toEqual([{ check: "alarms", verdict: "problem", message, next }]);
  });

  it("of money are all problems where the drill itself pauses nothing", () => {
    const messages = found(changed("Drill", { alarmActions: [TOPIC] })).map(({ message }) => message);
    expect(messages).toContain("HourlySpend does not invoke the pause function as the drill does");
    expect(messages).toContain("DailySpend does not invoke the pause function as the drill does");
    const none = deployed(CONFIG).map((one) => ({ ...one, alarmActions: [TOPIC] }));
    expect(found(none).map(({ message }) => message)).toHaveLength(3);
    expect(found(changed("DailySpend", { alarmActions: [TOPIC, `${PAUSE}-other`] }))).toHaveLength(1);
  });

  it("need no pause function where none is configured", () => {
    const config = { ...CONFIG, guardrails: { ...CONFIG.guardrails, actionOnLimit: "alert_only" as const } };
    const silent = deployed(config).map((one) => ({ ...one, alarmActions: [TOPIC] }));
    expect(found(silent, config)).toMatchObject([{ verdict: "ok" }]);
  });

  it("of each partition are looked for by its name", () => {
    const partitions = ["eu", "us"].map((name) => ({ name, share: 0.5 }));
    const config = resolveConfig({ ...TEST_OPTIONS, partitions });
    const withoutOne = deployed(config).filter(({ name }) => name !== `${place}-WarmErrors-us`);
    expect(found(deployed(config), config)).toMatchObject([{ verdict: "ok" }]);
    expect(found(withoutOne, config)).toMatchObject([{ message: "WarmErrors-us does not exist" }]);
  });
});

describe("the drill, as doctor finds it", () => {
  const heard = (action?: number, rule?: number): Control => ({
    ...newControl(NOON - 100 * DAY),
    drill: {
      ...(action !== undefined && { heardByAction: action }),
      ...(rule !== undefined && { heardByRule: rule }),
    },
  });

  it.each([
    ["was heard by both paths", heard(NOON, NOON), "ok"],
    ["was heard a moment less than 35 days ago", heard(NOON - 35 * DAY + 1, NOON), "ok"],
    ["was heard 35 days ago", heard(NOON - 35 * DAY, NOON), "warning"],
    ["was never heard by the rule", heard(NOON), "warning"],
    ["was never heard by the action", heard(undefined, NOON), "warning"],
    ["was never held", newControl(NOON), "warning"],
    ["has no state to be kept in", undefined, "problem"],
    [
      "was heard by one path, of a warmer that was made today",
      { ...heard(NOON), createdAt: NOON },
      "warning",
    ],
  ])("that %s", (_what, control, verdict) => {
    expect(drillFinding(control, CONFIG, NOON)).toMatchObject({ check: "drill", verdict });
  });

  it("tells when each path was heard, and how to hold one", () => {
    expect(drillFinding(heard(NOON), CONFIG, NOON)).toEqual({
      check: "drill",
      verdict: "warning",
      message: `heard by the alarm's action ${new Date(NOON).toISOString()}, by the rule never`,
      next: "warmer drill, wait three minutes, warmer doctor",
    });
    expect(drillFinding(undefined, CONFIG, NOON)).toEqual({
      check: "drill",
      verdict: "problem",
      message: "there is no control item yet",
      next: "warmer init --color COLOR",
    });
  });

  it("is not needed where no alarm pauses", () => {
    const guardrails = { ...CONFIG.guardrails, actionOnLimit: "throttle" as const };
    expect(drillFinding(undefined, { ...CONFIG, guardrails }, NOON)).toEqual({
      check: "drill",
      verdict: "ok",
      message: "no alarm pauses with this actionOnLimit",
    });
  });
});

describe("the price table, as doctor finds it", () => {
  it.each([
    [60 * DAY - 1, { check: "price table", verdict: "ok", message: `checked on ${PRICE_TABLE_DATE}` }],
    [
      60 * DAY,
      {
        check: "price table",
        verdict: "warning",
        message: `checked on ${PRICE_TABLE_DATE}, more than 60 days ago`,
        next: "upgrade this package",
      },
    ],
  ])("is old after 60 days: after %i ms", (age, finding) => {
    expect(priceFinding(Date.parse(PRICE_TABLE_DATE) + age)).toMatchObject(finding);
  });
});
