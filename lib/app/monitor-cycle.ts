import type { WarmerConfig } from "../core/config.ts";
import type { Control } from "../core/control.ts";
import { drillIsDue, isDrilling, provenAt } from "../core/drill.ts";
import { windowsAt } from "../core/ledger.ts";
import { finitePoints, type MetricPoint } from "../core/metrics.ts";
import { toUsd } from "../core/money.ts";
import type { Outcome } from "../core/outcome.ts";
import { isWarm, type PrefixState, waitsToRetry } from "../core/prefix-state.ts";
import { secondsUnproven, tellUnproven } from "../core/release/serving.ts";
import { limitUsed } from "../core/window-limits.ts";
import { ControlSession } from "./control-session.ts";
import { StateUnreadable } from "./errors.ts";
import { sendNews, sendNotices } from "./notify.ts";
import { organicGauges } from "./organic-gauges.ts";
import type {
  AdviceParameter,
  Clock,
  ControlStore,
  LiveColorParameter,
  ManifestStore,
  Metrics,
  Notifier,
  PlanStore,
  PrefixStore,
} from "./ports.ts";
import { publishAdvice } from "./publish-advice.ts";
import { resolveTarget } from "./resolve-target.ts";
import { noteAnswer } from "./stale-target.ts";
import { tellSpike } from "./tell-spike.ts";
import { type FillCostPorts, type FillCostWatch, watchFillCost } from "./watch-fill-cost.ts";

export interface MonitorPorts extends FillCostPorts {
  readonly clock: Clock;
  readonly liveColor: LiveColorParameter;
  readonly control: ControlStore;
  readonly prefixes: Pick<PrefixStore, "due" | "any" | "all">;
  readonly manifests: Pick<ManifestStore, "header">;
  readonly metrics: Metrics;
  readonly notifier: Notifier;
  readonly advice: AdviceParameter;
  readonly plan: Pick<PlanStore, "read">;
}

export interface MonitorReport {
  readonly outcome: Outcome;
  readonly healthy: boolean;
  readonly message: string;
  readonly points: readonly MetricPoint[];
}

/** A prefix that is not warm is due within this time: after a fill its confirming read is two seconds away. */
const DUE_SOON_MS = 120_000;

/**
 * The dense gauges, every minute, from state alone and whatever happens to `warm`. With state unreadable it
 * says so and leaves money and ages out: never the last values, never zeros.
 */
export async function monitorCycle(
  ports: MonitorPorts,
  config: WarmerConfig,
  runId: string,
): Promise<MonitorReport> {
  const now = ports.clock.now();
  try {
    const held = await ports.control.read();
    if (held === undefined && (await ports.prefixes.any())) {
      throw new StateUnreadable(
        "prefix items exist without a control item: a lost ledger is never a fresh one",
      );
    }
    if (held === undefined) {
      const points = [...HEALTHY_BEFORE_INIT];
      await ports.metrics.publish(points);
      return { outcome: "not_initialised", healthy: true, message: "run `warmer init`", points };
    }
    const session = new ControlSession(ports.control, runId, held);
    const target = await resolveTarget(ports, config);
    const control = await session.change((current) =>
      noteAnswer(tellUnproven(askForDrill(current, config, now), now), target),
    );
    if (target.kind === "fault" && target.outcome === "state_unreadable")
      throw new StateUnreadable(target.message);
    const soon = await ports.prefixes.due(now + DUE_SOON_MS);
    const fillCost = await watchFillCost(ports, config, session, now);
    const points = finitePoints([
      ...ageGauges(control, soon, now),
      ...warmShare(control, soon, now, target.kind === "target" ? target.header.digest : undefined),
      {
        name: "SecondsFlipUnproven",
        value: secondsUnproven(control, target.kind === "target" ? target : undefined, now),
      },
      ...(await organicGauges(ports.usage, session, config, now)),
      ...moneyGauges(control, config, now),
      ...fillCost.points,
      ...drillGauges(control, config, now),
      { name: "TargetUnresolved", value: target.kind === "fault" ? 1 : 0 },
      { name: "Paused", value: control.paused === undefined ? 0 : 1 },
      { name: "StateUnreadable", value: 0 },
    ]);
    // Each whatever becomes of the other: people must hear of a pause while CloudWatch is away.
    const [published, notices, advice] = await Promise.allSettled([
      ports.metrics.publish(points),
      tellPeople(ports, config, session, fillCost, now),
      publishAdvice(ports, target.kind === "target" ? target.header : undefined, now),
    ]);
    if (published.status === "rejected") throw published.reason;
    if (notices.status === "rejected") throw notices.reason;
    if (advice.status === "rejected") throw advice.reason;
    const unsent = notices.value;
    const message = [
      "gauges published",
      ...(unsent === 0 ? [] : [`${unsent} notices wait for SNS`]),
      ...fillCost.problems,
      ...advice.value,
    ].join("; ");
    return { outcome: "measured", healthy: true, message, points };
  } catch (error) {
    if (!(error instanceof StateUnreadable)) throw error;
    const points: MetricPoint[] = [{ name: "StateUnreadable", value: 1 }];
    await ports.metrics.publish(points);
    return { outcome: "state_unreadable", healthy: false, message: error.message, points };
  }
}

/** One after the other: two take their own out of the one control item. */
async function tellPeople(
  ports: MonitorPorts,
  config: WarmerConfig,
  session: ControlSession,
  fillCost: FillCostWatch,
  now: number,
): Promise<number> {
  return (
    (await sendNotices(ports, config, session)) +
    (await sendNews(ports, config, session)) +
    (await tellSpike(ports, config, session.control, fillCost, now))
  );
}

/** Between `cdk deploy` and `warmer init` nothing is wrong and nobody is paged. */
const HEALTHY_BEFORE_INIT: readonly MetricPoint[] = [
  { name: "SecondsSinceCycle", value: 0 },
  { name: "SecondsOverdue", value: 0 },
  { name: "SecondsFlipUnproven", value: 0 },
  { name: "TargetUnresolved", value: 0 },
  { name: "Paused", value: 0 },
  { name: "StateUnreadable", value: 0 },
];

/** A drill is for the alarms that pause; with another action on limits there is no such path to prove. */
function drills({ guardrails }: WarmerConfig): boolean {
  return guardrails.actionOnLimit === "pause_warmer";
}

function askForDrill(control: Control, config: WarmerConfig, now: number): Control {
  if (!drills(config) || !drillIsDue(control.drill, control.createdAt, now)) return control;
  return { ...control, drill: { ...control.drill, requestedAt: now } };
}

function drillGauges({ drill, createdAt }: Control, config: WarmerConfig, now: number): MetricPoint[] {
  if (!drills(config)) return [];
  return [
    { name: "Drill", value: isDrilling(drill, now) ? 1 : 0 },
    { name: "SecondsSinceDrill", value: Math.max(0, now - provenAt(drill, createdAt)) / 1000 },
  ];
}

function isHeldBack(control: Control, state: PrefixState): boolean {
  return control.prefixes?.[state.name]?.paused !== undefined;
}

function ageGauges(control: Control, soon: readonly PrefixState[], now: number): MetricPoint[] {
  const lastCycleAt = control.lastCycle?.finishedAt ?? control.createdAt;
  // What an operator paused is not wanted, and what is stopped cannot be had. Beside the live color nobody waits: a
  // gate has its own answer, and a release that was rolled back from may never become warm.
  const wanted = soon.filter(
    (state) =>
      control.paused === undefined &&
      state.stopped === undefined &&
      state.beside !== true &&
      !isHeldBack(control, state) &&
      !waitsToRetry(state, now),
  );
  const overdue = Math.max(0, ...wanted.map((state) => now - state.dueAt));
  return [
    { name: "SecondsSinceCycle", value: Math.max(0, now - lastCycleAt) / 1000 },
    { name: "SecondsOverdue", value: overdue / 1000 },
  ];
}

/**
 * Not sent while paused: a deliberate pause has an alarm of its own. A live manifest that no warm cycle has
 * adopted yet is cold as far as anyone can prove.
 */
function warmShare(
  control: Control,
  soon: readonly PrefixState[],
  now: number,
  liveDigest: string | undefined,
): MetricPoint[] {
  const { serving, paused } = control;
  if (paused !== undefined || liveDigest === undefined) return [];
  if (serving?.digest !== liveDigest) return [{ name: "WarmShare", value: 0 }];
  if (serving.required === 0) return [];
  const cold = soon.filter(
    (state) => state.required && state.beside !== true && !isHeldBack(control, state) && !isWarm(state, now),
  ).length;
  return [{ name: "WarmShare", value: Math.max(0, serving.required - cold) / serving.required }];
}

function moneyGauges(control: Control, { guardrails }: WarmerConfig, now: number): MetricPoint[] {
  const { hour, day } = windowsAt(control.ledger, now);
  return [
    { name: "FillCost", value: toUsd(hour.fillCost) },
    { name: "HourlyLimitUsed", value: limitUsed(hour, guardrails.hourly) },
    { name: "DailyLimitUsed", value: limitUsed(day, guardrails.daily) },
  ];
}
