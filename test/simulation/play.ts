import { type MonitorReport, monitorCycle } from "../../lib/app/monitor-cycle.ts";
import { OUTCOMES } from "../../lib/core/outcome.ts";
import { chance } from "../support/memory/chance.ts";
import { MINUTE, SECOND } from "../support/memory/world.ts";
import { useOnce } from "./application.ts";
import type { Bug } from "./bug.ts";
import { Day } from "./day.ts";
import type { FaultCode } from "./fault-table.ts";
import type { Happening } from "./happenings/happening.ts";
import { HAPPENINGS } from "./happenings.ts";
import type { Violation } from "./invariants.ts";
import { Neighbour } from "./neighbour.ts";
import { pathsOf } from "./pause-path.ts";
import type { Story } from "./story.ts";

/** What became of a story. */
export interface Played {
  readonly violations: readonly Violation[];
  /** How often each fault took effect. */
  readonly took: ReadonlyMap<FaultCode, number>;
  readonly digest: string;
  readonly lines: readonly string[];
}

/** Ticks and rounds of the monitor come at some second of their minute, up to here. */
const WITHIN_MINUTE = 50 * SECOND;

/** Plays a story from its beginning to its end, in virtual time. */
export async function play(story: Story, bug?: Bug): Promise<Played> {
  const day = await Day.begin(story, bug);
  const { world, releases, runs, trace, findings } = day;
  bug?.plant?.(day);
  await world.scheduler.until(
    releases.publishNext("blue", true).then(() => releases.publishNext("green", true)),
  );
  const neighbour = story.setting.hasNeighbour ? await Neighbour.beside(day) : undefined;
  const until = day.now + story.setting.lastsMs;
  const work = [
    everyMinute(day, until, 401, () => tick(day)),
    everyMinute(day, until, 402, () => monitor(day)),
    everyMinute(day, until, 403, () => judge(day)),
    ...(story.setting.hasTraffic ? [everyMinute(day, until, 405, () => useOnce(day))] : []),
    ...story.planned.map((planned) => befall(day, planned)),
    ...(neighbour === undefined ? [] : [neighbour.live(until)]),
  ];
  await world.scheduler.until(Promise.all(work).then(() => runs.quiet()));
  day.watcher.close();
  neighbour?.close();
  return { violations: day.violations, took: findings.took, digest: trace.digest, lines: trace.lines };
}

async function everyMinute(day: Day, until: number, purpose: number, act: () => void): Promise<void> {
  for (;;) {
    const minute = Math.floor(day.now / MINUTE) + 1;
    const at = minute * MINUTE + Math.floor(chance(day.story.seed, purpose, minute) * WITHIN_MINUTE);
    if (at >= until) return;
    await day.wait(at - day.now);
    act();
  }
}

async function befall(day: Day, planned: Story["planned"][number]): Promise<void> {
  await day.wait(planned.at);
  day.begins(planned);
  const happening: Happening = HAPPENINGS[planned.what];
  // What lasts need not end within the story; whoever waits for it would make the story longer.
  day.runs.goesOn(happening.play(day, planned));
}

function tick(day: Day): void {
  if (day.weather.get("noTicks")) day.effect("F41");
  else day.runs.deliver(day.world.tickEvent());
}

function monitor(day: Day): void {
  if (!day.weather.get("noMonitor")) day.runs.waitFor(monitorRound(day));
}

async function monitorRound(day: Day): Promise<void> {
  const { world } = day;
  const heard = world.notifier.heard.length;
  try {
    const ports = world.monitorPorts(day.worker());
    const report = await monitorCycle(ports, world.config, day.id("monitor"));
    judgeMonitor(day, day.bug?.measured?.(report) ?? report);
  } catch (error) {
    const isOfMetrics = error instanceof Error && error.message.startsWith("CloudWatch:");
    if (!isOfMetrics) day.broke({ invariant: "I4", what: `the monitor threw ${error}` });
    else if (day.weather.get("noMetrics")) day.effect("F22");
    day.alarms.publish("errors of monitor", 1, day.now);
  }
  if (world.notifier.unacknowledged && world.notifier.heard.length > heard) day.effect("F42");
}

function judgeMonitor(day: Day, { outcome, healthy }: MonitorReport): void {
  if (OUTCOMES[outcome]?.healthy !== healthy)
    day.broke({ invariant: "I4", what: `the monitor called ${outcome} healthy: ${healthy}` });
  if (!healthy) day.alarms.publish("errors of monitor", 1, day.now);
  day.trace.add(day.now, `monitor ${outcome}`);
}

/** CloudWatch judges the alarms, and the truth about warmth is held against them. */
function judge(day: Day): void {
  for (const change of day.alarms.judge(day.now)) {
    day.trace.add(day.now, `alarm ${change.alarm} ${change.to}`);
    if (change.to === "INSUFFICIENT_DATA") day.effect("F23");
    for (const path of pathsOf(day, change)) day.runs.goesOn(path);
  }
  day.liveness.judge(day);
}
