import { CloudWatchClient, SetAlarmStateCommand } from "@aws-sdk/client-cloudwatch";
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from "vitest";
import { requestDrill } from "../../lib/app/drill.ts";
import { pauseByOperator } from "../../lib/app/pause.ts";
import type { AlarmName } from "../../lib/core/alarms.ts";
import { drillFinding } from "../../lib/core/findings.ts";
import { fromUsd } from "../../lib/core/money.ts";
import { REGION } from "../../lib/local/account.ts";
import { aPrompt } from "../support/prompts.ts";
import type { Template } from "../support/template-variant.ts";
import { CONFIG, MINUTE, START, World } from "../support/world.ts";
import { ended, standing } from "./fault.ts";
import { resume } from "./operator.ts";
import { withTemplate } from "./variants.ts";

const DAY = 24 * 60 * MINUTE;
const prompts = [aPrompt("support"), aPrompt("triage")];

/** Untouched for most of an hour: no worker meets the limit before the alarm speaks. */
const lasting = [aPrompt("support", { ttl: "1h" })];

let world: World;
const stopWorld = () => world.stop();

// --- what an operator or a fault does ---

async function setAlarm(alarm: AlarmName, value: "ALARM" | "OK" | "INSUFFICIENT_DATA"): Promise<void> {
  const credentials = { accessKeyId: "operator", secretAccessKey: "local" };
  const client = new CloudWatchClient({ endpoint: world.engine.url, region: REGION, credentials });
  const name = `support-test-${alarm}`;
  await client.send(new SetAlarmStateCommand({ AlarmName: name, StateValue: value, StateReason: "by hand" }));
  client.destroy();
}

/** Charges the ledger as a worker would whose money nobody watched: the gauges meet the hourly limit. */
async function meetTheLimit(): Promise<void> {
  const { control } = world.warmer.operator;
  const held = await control.read();
  if (held === undefined) throw new Error("there is no control item");
  const { ledger } = held.control;
  const charged = { ...ledger.hour, spent: CONFIG.guardrails.hourly + ledger.hour.allowance };
  const changed = { ...held.control, ledger: { ...ledger, hour: charged } };
  expect(await control.write(changed, held.revision, `charged-${world.engine.now()}`)).toBe(true);
}

const resources = ({ Resources }: Template) => Object.values(Resources);

/** CloudWatch may no longer invoke the pause function: what a hand-edited resource policy does. */
function withoutActionPermission(): string {
  return withTemplate(inject("assembly"), (template) => {
    const permissions = Object.entries(template.Resources).filter(
      ([, { Type, Properties }]) =>
        Type === "AWS::Lambda::Permission" && String(Properties["Principal"]).startsWith("lambda.alarms."),
    );
    expect(permissions).toHaveLength(3);
    for (const [id] of permissions) delete template.Resources[id];
  });
}

/** The alarms no longer name the pause function. */
function withoutActions(): string {
  return withTemplate(inject("assembly"), (template) => {
    for (const { Type, Properties } of resources(template)) {
      if (Type !== "AWS::CloudWatch::Alarm") continue;
      Properties["AlarmActions"] = (Properties["AlarmActions"] as object[]).filter(
        (action) => "Ref" in action,
      );
    }
  });
}

function disableRule(): void {
  const rule = world.engine
    .template()
    .ofType("AWS::Events::Rule")
    .find(({ logicalId }) => logicalId.includes("SpendAlarm"));
  world.engine.events.setEnabled(rule?.logicalId ?? "", false);
}

// --- what can be seen ---

async function controlItem() {
  const held = await world.warmer.operator.control.read();
  if (held === undefined) throw new Error("there is no control item");
  return held.control;
}

/** How the runs of the pause function ended, with what invoked them. */
function pauseRuns(since = 0): { by: "rule" | "alarm"; outcome: unknown }[] {
  return world.engine.journal.events.flatMap((event) =>
    event.kind === "invoked" && event.function.startsWith("WarmerPause") && event.at >= since
      ? [
          {
            by: event.trigger.startsWith("rule ") ? ("rule" as const) : ("alarm" as const),
            outcome: (event.result as { outcome?: unknown } | undefined)?.outcome,
          },
        ]
      : [],
  );
}

/** The warmer's own mails; those of alarms begin with the alarm's state. */
function mails(since = 0): string[] {
  return world.engine.journal.events.flatMap((event) =>
    event.kind === "notified" && event.at >= since && event.subject.startsWith("support test: ")
      ? [event.subject]
      : [],
  );
}

const PAUSED = "support test: warmer paused";
const RESUMED = "support test: warmer resumed";

describe("a spend alarm", () => {
  afterEach(stopWorld);

  it.each([
    { path: "both paths", deployed: undefined, rule: true, heard: ["alarm", "rule"] },
    { path: "its own action alone", deployed: undefined, rule: false, heard: ["alarm"] },
    {
      path: "the rule alone, the action's permission being lost",
      deployed: withoutActionPermission,
      rule: true,
      heard: ["rule"],
    },
    { path: "the rule alone, the action being lost", deployed: withoutActions, rule: true, heard: ["rule"] },
  ])("pauses once by $path, is kept once and mailed once", async ({ deployed, rule, heard }) => {
    world = await World.live(lasting, deployed === undefined ? {} : { assembly: deployed() });
    if (!rule) disableRule();
    await world.pass(2 * MINUTE);
    const { generation } = await controlItem();
    await meetTheLimit();
    await world.pass(4 * MINUTE);

    expect(world.fired("HourlySpend")).toHaveLength(1);
    expect(
      pauseRuns()
        .map(({ by }) => by)
        .sort(),
    ).toEqual(heard);
    expect(
      pauseRuns()
        .map(({ outcome }) => outcome)
        .sort(),
    ).toEqual(heard.length === 2 ? ["already_paused", "paused"] : ["paused"]);
    expect(await controlItem()).toMatchObject({
      generation: generation + 1,
      paused: { cause: "spend_alarm", alarm: "HourlySpend", incident: generation + 1 },
      outbox: [],
    });
    const incidents = await world.warmer.operator.incidents.list(9);
    expect(incidents).toMatchObject([{ kind: "paused", cause: "spend_alarm", alarm: "HourlySpend" }]);
    expect(incidents).toHaveLength(1);
    expect(mails()).toEqual([PAUSED]);
    expect(ended(world, 0).at(-1)).toMatchObject({ outcome: "paused" });
  });

  it("pauses nobody when neither path is there, and the ledger still refuses", async () => {
    world = await World.live(prompts, { assembly: withoutActions() });
    disableRule();
    await world.pass(2 * MINUTE);
    await meetTheLimit();
    await world.pass(2 * MINUTE);
    expect(pauseRuns()).toEqual([]);
    const from = world.engine.now();
    await world.pass(6 * MINUTE);
    expect(world.touches(from)).toEqual([]);
    expect(await controlItem()).toMatchObject({ paused: { cause: "limit_hour", by: "ledger" } });
  });

  it("fires again for a second breach after an allowance: down to OK, and up once more", async () => {
    world = await World.live(lasting);
    await world.pass(2 * MINUTE);
    await meetTheLimit();
    await world.pass(3 * MINUTE);
    await expect(resume(world, "too soon")).rejects.toThrow(/the cause still holds/);
    await resume(world, "release day", {}, { allowExtra: fromUsd(0.5) });
    await world.pass(3 * MINUTE);
    expect(standing(world)).toEqual([]);
    await meetTheLimit();
    await world.pass(3 * MINUTE);

    expect(world.fired("HourlySpend")).toHaveLength(2);
    expect(
      world.recovered("HourlySpend").filter((at) => at > (world.fired("HourlySpend")[0] ?? 0)),
    ).toHaveLength(1);
    expect(mails()).toEqual([PAUSED, RESUMED, PAUSED]);
    expect(await controlItem()).toMatchObject({ paused: { cause: "spend_alarm" } });
    const incidents = await world.warmer.operator.incidents.list(9);
    expect(incidents.map(({ closeReason }) => closeReason)).toEqual([undefined, "release day"]);
  });

  it("that comes late, after a resume, pauses nothing while no limit is met", async () => {
    world = await World.live(prompts);
    await world.pass(2 * MINUTE);
    const { faults } = world.engine;
    const pauseFunction = world.engine
      .template()
      .ofType("AWS::Lambda::Function")
      .find(({ logicalId }) => logicalId.startsWith("WarmerPause"))?.logicalId;
    const mend = faults.inject({ kind: "unavailable", service: "dynamodb", caller: pauseFunction ?? "" });
    await setAlarm("HourlySpend", "ALARM");
    await world.pass(1_000);
    mend();
    await pauseByOperator(world.warmer.operator, { reason: "to look", by: "anna" }, "pause");
    await resume(world, "nothing is wrong");
    await world.pass(10 * MINUTE);
    const heard = pauseRuns().map(({ outcome }) => outcome);
    expect(heard).toContain(undefined);
    expect(heard).toContain("ignored");
    expect(heard).not.toContain("paused");
    expect(await controlItem()).not.toHaveProperty("paused");
  });

  it("pauses by its state ALARM alone: OK and INSUFFICIENT_DATA do not, nor does any other alarm", async () => {
    world = await World.live(prompts);
    await world.pass(2 * MINUTE);
    world.engine.alarms.setAlive(false);
    await setAlarm("HourlySpend", "INSUFFICIENT_DATA");
    await setAlarm("DailySpend", "INSUFFICIENT_DATA");
    await setAlarm("DailySpend", "OK");
    for (const alarm of ["WarmerSilent", "Paused", "WarmErrors", "PauseErrors"] as const)
      await setAlarm(alarm, "ALARM");
    await world.pass(2 * MINUTE);
    expect(pauseRuns().filter(({ outcome }) => outcome !== "ignored")).toEqual([]);
    expect(await controlItem()).not.toHaveProperty("paused");
    await setAlarm("DailySpend", "ALARM");
    await world.pass(MINUTE);
    expect(await controlItem()).toMatchObject({ paused: { alarm: "DailySpend" } });
  });
});

describe("a pause", () => {
  afterEach(stopWorld);

  it("of a paused warmer changes nothing: the first reason stands, and one mail is sent", async () => {
    world = await World.live(prompts);
    await pauseByOperator(world.warmer.operator, { reason: "maintenance", by: "anna" }, "a");
    const first = await controlItem();
    await pauseByOperator(world.warmer.operator, { reason: "again", by: "ben" }, "b");
    await setAlarm("HourlySpend", "ALARM");
    await world.pass(3 * MINUTE);
    expect(pauseRuns().map(({ outcome }) => outcome)).toEqual(["already_paused", "already_paused"]);
    expect(await controlItem()).toMatchObject({ generation: first.generation, paused: first.paused });
    expect(mails()).toEqual([PAUSED]);
  });

  it("is not undone by a new deployment, which leaves the live color alone", async () => {
    world = await World.live(prompts);
    await world.pass(2 * MINUTE);
    await pauseByOperator(world.warmer.operator, { reason: "maintenance", by: "anna" }, "a");
    await world.publish("green", "2", prompts);
    await world.flip("green");
    const before = await controlItem();
    const { directory } = inject("assembly");
    await world.engine.deploy(directory);
    const from = world.engine.now();
    await world.pass(10 * MINUTE);
    expect(world.touches(from)).toEqual([]);
    expect(new Set(ended(world, from).map(({ outcome }) => outcome))).toEqual(new Set(["paused"]));
    expect(await controlItem()).toMatchObject({ generation: before.generation, paused: before.paused });
    expect(await world.warmer.operator.liveColor.read()).toMatchObject({ value: "green" });

    const resumedAt = world.engine.now();
    await resume(world, "maintenance is over");
    await world.pass(MINUTE);
    expect(world.touches(resumedAt).length).toBeGreaterThanOrEqual(prompts.length);
  });
});

describe("the mail of a pause", () => {
  beforeAll(async () => {
    world = await World.live(prompts);
    await world.pass(2 * MINUTE);
  });
  afterAll(stopWorld);

  it.each([
    { away: "SNS", services: ["sns"] },
    { away: "SNS and CloudWatch", services: ["sns", "cloudwatch"] },
  ])("is sent once, when $away is back, and stands among the incidents meanwhile", async ({ services }) => {
    const from = world.engine.now();
    const mends = services.map((service) => world.engine.faults.inject({ kind: "unavailable", service }));
    const reason = `maintenance of ${services}`;
    await pauseByOperator(world.warmer.operator, { reason, by: "anna" }, `pause-${from}`);
    await world.pass(5 * MINUTE);
    expect(mails(from)).toEqual([]);
    expect(await controlItem()).toMatchObject({ outbox: [{ kind: "paused" }] });
    expect(await world.warmer.operator.incidents.list(1)).toMatchObject([{ reason, openedBy: "anna" }]);
    for (const mend of mends) mend();
    await world.pass(3 * MINUTE);
    expect(mails(from)).toEqual([PAUSED]);
    expect(await controlItem()).toMatchObject({ outbox: [] });
    await resume(world, "it is over");
    await world.pass(MINUTE);
  });

  it("is sent while CloudWatch is away", async () => {
    const from = world.engine.now();
    world.engine.faults.inject({ kind: "unavailable", service: "cloudwatch" });
    await pauseByOperator(world.warmer.operator, { reason: "maintenance", by: "anna" }, "while away");
    await world.pass(2 * MINUTE);
    expect(mails(from)).toEqual([PAUSED]);
  });
});

describe("a fire drill", () => {
  afterEach(stopWorld);

  it("fires its alarm, is heard by both paths, pauses nothing, and is over by itself", async () => {
    world = await World.live(prompts);
    await world.pass(2 * MINUTE);
    const from = world.engine.now();
    expect(drillFinding(await controlItem(), CONFIG, from)).toMatchObject({ verdict: "warning" });
    await requestDrill(world.warmer.operator, "drill");
    await world.pass(7 * MINUTE);
    expect(world.allFired(from)).toEqual(["support-test-Drill"]);
    expect(pauseRuns(from).sort((a, b) => a.by.localeCompare(b.by))).toEqual([
      { by: "alarm", outcome: "drilled" },
      { by: "rule", outcome: "drilled" },
    ]);
    const control = await controlItem();
    expect(control).not.toHaveProperty("paused");
    expect(control.generation).toBe(1);
    expect(standing(world)).toEqual([]);
    expect(drillFinding(control, CONFIG, world.engine.now())).toMatchObject({ verdict: "ok" });
    expect(new Set(ended(world, from).map(({ outcome }) => outcome))).not.toContain("paused");
    expect(mails()).toEqual([]);
  });

  it.each([
    { lost: "the action", deployed: withoutActionPermission, rule: true, never: "heardByAction" },
    { lost: "the rule", deployed: undefined, rule: false, never: "heardByRule" },
  ])(
    "that only one path hears is overdue 35 days later, $lost being lost",
    async ({ deployed, rule, never }) => {
      world = await World.live(lasting, deployed === undefined ? {} : { assembly: deployed() });
      if (!rule) disableRule();
      await world.pass(MINUTE);
      await requestDrill(world.warmer.operator, "drill");
      await world.pass(5 * MINUTE);
      const { drill } = await controlItem();
      expect(drill).not.toHaveProperty(never);
      expect(Object.keys(drill ?? {})).toHaveLength(2);
      expect(world.fired("DrillOverdue")).toEqual([]);
      // A warmer as old as that; days are too long to play minute by minute.
      const { control } = world.warmer.operator;
      const held = await control.read();
      if (held === undefined) throw new Error("there is no control item");
      await control.write({ ...held.control, createdAt: START - 35 * DAY - MINUTE }, held.revision, "aged");
      await world.pass(6 * MINUTE);
      expect(world.fired("DrillOverdue")).toHaveLength(1);
    },
  );

  it("is asked for by the monitor a month after the last proof, and once a day while nobody hears it", async () => {
    world = await World.live(prompts);
    disableRule();
    const { control } = world.warmer.operator;
    const held = await control.read();
    if (held === undefined) throw new Error("there is no control item");
    await control.write({ ...held.control, createdAt: START - 30 * DAY }, held.revision, "aged");
    await world.pass(20 * MINUTE);
    expect(world.fired("Drill")).toHaveLength(1);
    expect((await controlItem()).drill).toMatchObject({ requestedAt: expect.any(Number) });
  });
});

describe("a resume", () => {
  afterEach(stopWorld);

  const refused = async (hour: { spent: number; refused: number }) => {
    world = await World.live(prompts);
    await pauseByOperator(world.warmer.operator, { reason: "maintenance", by: "anna" }, "a");
    const { control } = world.warmer.operator;
    const held = await control.read();
    if (held === undefined) throw new Error("there is no control item");
    const { ledger } = held.control;
    const changed = { ...held.control, ledger: { ...ledger, hour: { ...ledger.hour, ...hour } } };
    await control.write(changed, held.revision, "refused");
  };

  it("with room for what was refused forgets it: the gauge is what was spent, until it is refused again", async () => {
    await refused({ spent: 700_000, refused: 400_000 });
    await resume(world, "release day", {}, { allowExtra: 100_001 });
    expect((await controlItem()).ledger.hour).toMatchObject({
      spent: 700_000,
      refused: 0,
      allowance: 100_001,
    });
  });

  it("with less room than that is refused itself", async () => {
    await refused({ spent: 700_000, refused: 400_000 });
    await expect(resume(world, "release day", {}, { allowExtra: 100_000 })).rejects.toThrow(
      /the cause still holds/,
    );
    expect((await controlItem()).ledger.hour).toMatchObject({ refused: 400_000, allowance: 0 });
  });
});
