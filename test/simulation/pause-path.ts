import { pauseOnAlarm } from "../../lib/app/pause.ts";
import { ALARMS, alarmName } from "../../lib/core/alarms.ts";
import { chance } from "../support/memory/chance.ts";
import { MINUTE, SECOND } from "../support/memory/world.ts";
import type { AlarmChange } from "./alarm-model.ts";
import type { Day } from "./day.ts";

const PLACE = { account: "111122223333", region: "us-east-1" };

/** An asynchronous invocation that fails is repeated twice, after a minute and two more (Lambda guide, read 2026-11). */
const REPEATED_AFTER = [MINUTE, 2 * MINUTE];

export type Path = "action" | "rule";

/** What a pausing alarm sets off: both paths to `pause`, each with its own delay. */
export function pathsOf(day: Day, change: AlarmChange): Promise<void>[] {
  if (change.to !== "ALARM" || !ALARMS[change.alarm].pauses) return [];
  const lost = day.weather.get("lostPath");
  return (["action", "rule"] as const).flatMap((path) => {
    if (lost === path || lost === "both") {
      day.effect("F24");
      return [];
    }
    const share = chance(day.story.seed, 501, change.at, path === "action" ? 0 : 1);
    return [deliver(day, change, path, (1 + 4 * share) * SECOND)];
  });
}

/** Hands an alarm to `pause` after a while, and again if that fails. */
export async function deliver(day: Day, change: AlarmChange, path: Path, afterMs: number): Promise<void> {
  await day.wait(afterMs);
  const { world } = day;
  const event = eventOf(day, change, path);
  for (let attempt = 0; attempt <= REPEATED_AFTER.length; attempt++) {
    if (attempt > 0) await day.wait(REPEATED_AFTER[attempt - 1] ?? MINUTE);
    const runId = day.id("pause");
    try {
      if (day.weather.get("pauseFails")) {
        day.effect("F24");
        throw new Error("the pause function ended in an error");
      }
      const ports = world.ports(day.worker(), runId);
      const report = await pauseOnAlarm(ports, world.config, event, PLACE, runId);
      day.trace.add(day.now, `pause ${report.outcome} by ${path}`);
      if (report.outcome === "ignored" && report.message.includes("before the last resume"))
        day.effect("F28");
      return;
    } catch (error) {
      day.trace.add(day.now, `pause failed: ${error instanceof Error ? error.name : "?"}`);
      day.alarms.publish("errors of pause", 1, day.now);
    }
  }
  day.alarms.publish("failureQueueDepth", 1, day.now);
}

/** The event as CloudWatch makes it; of the parts that `pause` reads. */
function eventOf({ world }: Day, { alarm, to, at }: AlarmChange, path: Path): object {
  const { service, environment } = world.config;
  const name = alarmName(service, environment, alarm);
  const arn = `arn:aws:cloudwatch:${PLACE.region}:${PLACE.account}:alarm:${name}`;
  const timestamp = new Date(at).toISOString().replace("Z", "+0000");
  const data = { alarmName: name, state: { value: to, reason: "threshold crossed", timestamp } };
  const common = { source: "aws.cloudwatch", time: timestamp, region: PLACE.region };
  return path === "action"
    ? { ...common, alarmArn: arn, accountId: PLACE.account, alarmData: data }
    : { ...common, "detail-type": "CloudWatch Alarm State Change", resources: [arn], detail: data };
}
