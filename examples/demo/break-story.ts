import { resumeByOperator } from "../../lib/app/resume.ts";
import { ALARMS, type AlarmDefinition, type AlarmName } from "../../lib/core/alarms.ts";
import { resolveConfig } from "../../lib/core/config.ts";
import { printRows } from "./founding-story.ts";
import { billed } from "./lane.ts";
import { type DemoPrompt, loadPrompt } from "./prompts.ts";
import { drawSessions } from "./sessions.ts";
import { alarmRows, minuteOf, type Row, warmerRows } from "./timeline.ts";
import { deployWorld, HOUR_MS, MINUTE_MS, OPTIONS, SEED, STARTS_AT, type World } from "./world.ts";

const ENDS_AT = STARTS_AT + 3 * HOUR_MS;
const BREAKS_AT = STARTS_AT + HOUR_MS;
const MENDED_AT = STARTS_AT + 95 * MINUTE_MS;

/** A fault: what breaks, what an operator does about it, and which alarm is to speak. */
interface Fault {
  readonly what: string;
  readonly breaks: (world: World) => Promise<void> | void;
  readonly mend: string;
  readonly mends: (world: World) => Promise<void> | void;
  readonly alarm: AlarmName;
}

const operator = (world: World) => ({ at: world.warmer.engine.now(), caller: "operator" });
const { liveColorParameter } = resolveConfig(OPTIONS);

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
    const stops: (() => void)[] = [];
    return {
      what: "a build writes the time into blue's prompt and publishes it every two minutes",
      breaks: (world) => {
        let publishing = true;
        stops.push(() => {
          publishing = false;
        });
        for (let at = BREAKS_AT; at < MENDED_AT; at += 2 * MINUTE_MS) {
          world.warmer.engine.at(at, async () => {
            if (publishing)
              await world.publish("blue", `41-${minuteOf(at)}`, [
                withClock(at),
                loadPrompt("triage", "blue"),
              ]);
          });
        }
      },
      mend: "`warmer publish --color blue --release 41` without the clock",
      mends: async (world) => {
        for (const stop of stops) stop();
        await world.publish("blue", "41", [loadPrompt("support", "blue"), loadPrompt("triage", "blue")]);
      },
      alarm: "UnexpectedFills",
    };
  },
  "stop-schedule": () => ({
    what: "somebody disables the warmer's schedule",
    breaks: (world) => world.warmer.engine.events.setEnabled(ruleOf(world, "Warm"), false),
    mend: "the rule is enabled again",
    mends: (world) => world.warmer.engine.events.setEnabled(ruleOf(world, "Warm"), true),
    alarm: "WarmerSilent",
  }),
  "kill-alarms": () => {
    const restore: (() => void)[] = [];
    return {
      what: "CloudWatch is gone, and the provider forgets every prefix within a second: each touch is a full write",
      breaks: (world) => {
        const { engine, provider } = world.warmer;
        restore.push(engine.faults.inject({ kind: "unavailable", service: "cloudwatch" }));
        for (let at = BREAKS_AT; at < MENDED_AT; at += 1_000) {
          engine.at(at, () => void provider.faults.add({ kind: "evict", at }));
        }
      },
      mend: "CloudWatch is back, the provider remembers; an operator resumes in the next hour",
      mends: async (world) => {
        for (const undo of restore) undo();
        world.warmer.engine.at(STARTS_AT + 2 * HOUR_MS + MINUTE_MS, async () => {
          const request = { reason: "the provider's eviction is over", by: "demo" };
          await resumeByOperator(world.warmer.operator, resolveConfig(OPTIONS), request, "demo-resume");
        });
      },
      alarm: "Paused",
    };
  },
} as const satisfies Record<string, () => Fault>;

export type FaultName = keyof typeof FAULTS;

export const FAULT_NAMES = Object.keys(FAULTS) as FaultName[];

/** Plays one fault: an hour of health, the fault, its alarm, the mending, an hour after it. */
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
  const recovered = alarms.find(
    ({ at, what }) => fired !== undefined && at > fired.at && what === `ok      ${alarm}`,
  );
  const { nextCommand }: AlarmDefinition = ALARMS[alarm];
  const minutes = (row: Row | undefined, from: number) =>
    row === undefined ? "never" : `${((row.at - from) / MINUTE_MS).toFixed(1)} minutes after`;
  const cost = billed(world.lane, "warmer", BREAKS_AT, MENDED_AT).toFixed(4);
  return `${alarm} spoke ${minutes(fired, BREAKS_AT)} the fault and was quiet again ${minutes(recovered, MENDED_AT)} the mending; meanwhile the provider billed the warmer $${cost}. Next: \`npx ${nextCommand}\`.`;
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
