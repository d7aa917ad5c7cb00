import { resumeByOperator } from "../../lib/app/resume.ts";
import { ALARMS, type AlarmDefinition, type AlarmName } from "../../lib/core/alarms.ts";
import { resolveConfig } from "../../lib/core/config.ts";
import { formatUsd } from "../../lib/core/money.ts";
import { printRows } from "./founding-story.ts";
import { billed } from "./lane.ts";
import { type DemoPrompt, loadPrompt } from "./prompts.ts";
import { drawSessions } from "./sessions.ts";
import { alarmRows, minuteOf, type Row, warmerRows } from "./timeline.ts";
import { deployWorld, HOUR_MS, MINUTE_MS, OPTIONS, SEED, STARTS_AT, type World } from "./world.ts";

const ENDS_AT = STARTS_AT + 80 * MINUTE_MS;
const BREAKS_AT = STARTS_AT + 20 * MINUTE_MS;
const MENDED_AT = STARTS_AT + 50 * MINUTE_MS;

/** A fault: what breaks, what an operator does about it, and which alarm is to speak. */
interface Fault {
  readonly what: string;
  readonly breaks: (world: World) => Promise<void> | void;
  readonly mend: string;
  readonly mends: (world: World) => Promise<void> | void;
  readonly alarm: AlarmName;
}

const operator = (world: World) => ({ at: world.warmer.engine.now(), caller: "operator" });
const CONFIG = resolveConfig(OPTIONS);
const { liveColorParameter } = CONFIG;

const FAULTS = {
  "delete-parameter": () => ({
    what: "somebody deletes the live-color parameter",
    breaks: (world) => world.warmer.engine.ssm.delete(liveColorParameter, operator(world)),
    mend: "`warmer init --color blue` creates it again",
    mends: async (world) => {
      await world.warmer.operator.liveColor.create("blue");
    },
    alarm: "TargetUnresolved",
  }),
  "revoke-key": () => {
    let restore = () => {};
    return {
      what: "the provider revokes the warmer's API key",
      breaks: (world) => {
        restore = world.warmer.provider.faults.add({ kind: "unauthorized", caller: "warmer" });
      },
      mend: "the key is valid again; nothing is deployed, the next tick reads it fresh",
      mends: () => restore(),
      alarm: "WarmErrors",
    };
  },
  "clock-in-prompt": () => {
    const build = clockBuild(4 * MINUTE_MS);
    return {
      what: "a build writes the time into blue's prompt and publishes it every four minutes",
      breaks: build.start,
      mend: "`warmer publish --live --color blue --release 41` without the clock",
      mends: build.stop,
      alarm: "UnexpectedFills",
    };
  },
  "stop-schedule": () => ({
    what: "somebody disables the warmer's schedule",
    breaks: (world) => world.warmer.engine.events.setEnabled(ruleOf(world, "WarmTick"), false),
    mend: "the rule is enabled again",
    mends: (world) => world.warmer.engine.events.setEnabled(ruleOf(world, "WarmTick"), true),
    alarm: "WarmerSilent",
  }),
  "kill-alarms": () => {
    const build = clockBuild(MINUTE_MS);
    let restore = () => {};
    return {
      what: "CloudWatch is gone, and a build publishes a new prompt every minute: each is a full write",
      breaks: (world) => {
        restore = world.warmer.engine.faults.inject({ kind: "unavailable", service: "cloudwatch" });
        build.start(world);
      },
      mend: "CloudWatch is back, the build is fixed; an operator resumes in the next hour",
      mends: async (world) => {
        restore();
        await build.stop(world);
        world.warmer.engine.at(STARTS_AT + HOUR_MS + MINUTE_MS, async () => {
          const { generation = 0 } = (await world.warmer.operator.control.read())?.control ?? {};
          const request = { reason: "the build is fixed", by: "demo", generation };
          await resumeByOperator(world.warmer.operator, CONFIG, request, "demo-resume");
        });
      },
      alarm: "Paused",
    };
  },
} as const satisfies Record<string, () => Fault>;

export type FaultName = keyof typeof FAULTS;

export const FAULT_NAMES = Object.keys(FAULTS) as FaultName[];

/** Plays one fault: twenty minutes of health, half an hour of the fault, half an hour after its mending. */
export async function playFault(name: FaultName, print: (line: string) => void): Promise<void> {
  const fault: Fault = FAULTS[name]();
  const world = await deployWorld();
  const { engine } = world.warmer;
  const rows: Row[] = [];
  try {
    const prompts = [loadPrompt("support", "blue"), loadPrompt("triage", "blue")];
    await world.publish("blue", "41", prompts);
    rows.push({ at: STARTS_AT, what: "stack deployed, live color blue, release 41 published" });
    for (const request of drawSessions(SEED, STARTS_AT + 5 * MINUTE_MS, ENDS_AT)) {
      engine.at(request.at, async () => {
        const [prompt] = prompts;
        if (prompt !== undefined) await world.lane.application.send(request, prompt);
      });
    }
    engine.at(BREAKS_AT, async () => {
      rows.push({ at: BREAKS_AT, what: `FAULT   ${fault.what}` });
      await fault.breaks(world);
    });
    engine.at(MENDED_AT, async () => {
      rows.push({ at: MENDED_AT, what: `mended  ${fault.mend}` });
      await fault.mends(world);
    });
    await engine.runUntil(ENDS_AT);
    const events = engine.journal.sorted();
    const alarms = alarmRows(events);
    printRows([...rows, ...warmerRows(events), ...alarms], print);
    print("");
    print(faultVerdict(fault.alarm, alarms, world));
  } finally {
    await world.stop();
  }
}

function faultVerdict(alarm: AlarmName, alarms: readonly Row[], world: World): string {
  const fired = alarms.find(({ at, what }) => at >= BREAKS_AT && what === `ALARM   ${alarm}`);
  const quiet = alarms.find(
    ({ at, what }) => at > Math.max(fired?.at ?? 0, MENDED_AT) && what === `ok      ${alarm}`,
  );
  const { nextCommand }: AlarmDefinition = ALARMS[alarm];
  const after = (row: Row | undefined, from: number) =>
    row === undefined ? "never" : `${((row.at - from) / MINUTE_MS).toFixed(1)} minutes after`;
  const cost = billed(world.lane, "warmer", STARTS_AT, STARTS_AT + HOUR_MS).toFixed(4);
  const limit = formatUsd(CONFIG.guardrails.hourly);
  return `${alarm} spoke ${after(fired, BREAKS_AT)} the fault and was quiet again ${after(quiet, MENDED_AT)} the mending; the provider billed the warmer $${cost} in the hour of the fault, of a limit of ${limit}. Next: \`npx ${nextCommand}\`.`;
}

/** A build that publishes blue's prompt with the time of the build in it, again and again. */
function clockBuild(everyMs: number) {
  let building = true;
  return {
    start: (world: World) => {
      for (let at = BREAKS_AT; at < MENDED_AT; at += everyMs) {
        world.warmer.engine.at(at, async () => {
          const prompts = [withClock(at), loadPrompt("triage", "blue")];
          if (building) await world.publish("blue", `41-${minuteOf(at)}`, prompts);
        });
      }
    },
    stop: async (world: World) => {
      building = false;
      await world.publish("blue", "41", [loadPrompt("support", "blue"), loadPrompt("triage", "blue")]);
    },
  };
}

function withClock(at: number): DemoPrompt {
  const prompt = loadPrompt("support", "clock");
  const text = prompt.text.replace(
    /Current time: [0-9TZ:.-]+/,
    `Current time: ${new Date(at).toISOString()}`,
  );
  return { name: "support", text, body: JSON.parse(text) as object };
}

function ruleOf(world: World, part: string): string {
  const rule = world.warmer.engine
    .template()
    .resources.find(({ type, logicalId }) => type === "AWS::Events::Rule" && logicalId.includes(part));
  if (rule === undefined) throw new Error(`the stack has no rule for ${part}`);
  return rule.logicalId;
}
