import { ALARMS, type AlarmDefinition, type AlarmName, SUBJECT_STATISTIC } from "../../lib/core/alarms.ts";
import { METRICS } from "../../lib/core/metrics.ts";
import {
  type AlarmRule,
  type AlarmStateValue,
  alarmState,
  INITIAL_STATE,
} from "../../lib/local/alarm-evaluation.ts";
import { breaches } from "../../lib/local/alarm-rule.ts";
import { type MetricMinute, merge } from "../../lib/local/metric-store.ts";
import { chance } from "../support/memory/chance.ts";
import { MINUTE, SECOND } from "../support/memory/world.ts";

/** A point on its way to CloudWatch: seen by alarms from `visibleAt` on. */
interface Point extends MetricMinute {
  readonly visibleAt: number;
}

/** One alarm of the table, with its state and the points that it looks at. */
interface Watch {
  readonly name: AlarmName;
  readonly definition: AlarmDefinition;
  readonly rule: AlarmRule;
  points: Point[];
  state: AlarmStateValue;
  /** Start of the newest minute that had a breaching point. */
  breachedAt: number;
}

export interface AlarmChange {
  readonly alarm: AlarmName;
  readonly from: AlarmStateValue;
  readonly to: AlarmStateValue;
  readonly at: number;
}

/** What an alarm looks at: a metric of ours, or one that AWS publishes about a part of the stack. */
export type SeriesName = string;

const COMPARISONS = {
  ">=": "GreaterThanOrEqualToThreshold",
  ">": "GreaterThanThreshold",
  "<": "LessThanThreshold",
} as const;

/** Periods beyond the evaluated ones that are kept, for the evaluator's own range. */
const KEPT_BEYOND = 3;

/** A point takes from 5 to 60 seconds to be seen (measured on AWS, see the failure study, section 3). */
const INGESTED_WITHIN = { least: 5 * SECOND, most: 60 * SECOND };

/**
 * The alarms as CloudWatch judges them: once a minute, by the local engine's own evaluator, on the points that have
 * arrived. From a touch to an alarm's action that is 1 to 4 minutes.
 */
export class AlarmModel {
  readonly #seed: number;
  readonly #watches: readonly Watch[];
  #points = 0;
  /** Points wait until this instant, as when CloudWatch is late. */
  heldUntil = 0;

  constructor(seed: number) {
    this.#seed = seed;
    this.#watches = WATCHED.map(({ name, definition, rule }) => ({
      name,
      definition,
      rule,
      points: [],
      state: INITIAL_STATE,
      breachedAt: Number.NEGATIVE_INFINITY,
    }));
  }

  /** Takes a point, which alarms see a little later. */
  publish(series: SeriesName, value: number, now: number): void {
    const { least, most } = INGESTED_WITHIN;
    const delay = least + chance(this.#seed, 301, ++this.#points) * (most - least);
    const visibleAt = Math.max(now, this.heldUntil) + delay;
    const at = Math.floor(now / MINUTE) * MINUTE;
    for (const watch of BY_SERIES.get(series)?.map((i) => this.#watches[i]) ?? []) {
      if (watch === undefined) continue;
      watch.points.push({ at, visibleAt, sampleCount: 1, sum: value, minimum: value, maximum: value });
      if (breaches(watch.rule, value)) watch.breachedAt = at;
    }
  }

  /** Judges every alarm. @returns those whose state has changed */
  judge(now: number): AlarmChange[] {
    return this.#watches.flatMap((watch) => {
      const to = stateOf(watch, now);
      if (to === watch.state) return [];
      const from = watch.state;
      watch.state = to;
      return [{ alarm: watch.name, from, to, at: now }];
    });
  }

  /** The state of an alarm, as CloudWatch shows it. */
  state(alarm: AlarmName): AlarmStateValue {
    return this.#watches.find(({ name }) => name === alarm)?.state ?? INITIAL_STATE;
  }
}

function stateOf(watch: Watch, now: number): AlarmStateValue {
  const { rule, state } = watch;
  const from = now - (rule.EvaluationPeriods + KEPT_BEYOND) * MINUTE;
  if ((watch.points[0]?.at ?? now) < from) watch.points = watch.points.filter(({ at }) => at >= from);
  // Nothing that breaches: the evaluator would say so too, and most alarms of most minutes are like that.
  if (watch.breachedAt < from) {
    if (rule.TreatMissingData === "notBreaching") return "OK";
    if (state === "OK" && rule.TreatMissingData === "ignore") return "OK";
  }
  const minutes = new Map<number, MetricMinute>();
  for (const point of watch.points) {
    if (point.visibleAt > now) continue;
    const known = minutes.get(point.at);
    minutes.set(point.at, known === undefined ? point : { at: point.at, ...merge(known, point) });
  }
  return alarmState(rule, [...minutes.values()], now, state);
}

function seriesOf({ subject }: AlarmDefinition): SeriesName {
  if (subject.kind === "own") return subject.metric;
  return subject.kind === "errors" ? `errors of ${subject.function}` : subject.kind;
}

function ruleOf(definition: AlarmDefinition): AlarmRule {
  const { subject } = definition;
  return {
    Namespace: "simulation",
    MetricName: seriesOf(definition),
    Dimensions: [],
    Statistic: subject.kind === "own" ? METRICS[subject.metric].statistic : SUBJECT_STATISTIC[subject.kind],
    Period: 60,
    EvaluationPeriods: definition.periods,
    DatapointsToAlarm: definition.datapoints,
    Threshold: definition.threshold,
    ComparisonOperator: COMPARISONS[definition.comparison],
    TreatMissingData: definition.missing,
  };
}

const WATCHED = (Object.entries(ALARMS) as [AlarmName, AlarmDefinition][]).map(([name, definition]) => ({
  name,
  definition,
  rule: ruleOf(definition),
}));

const BY_SERIES: ReadonlyMap<SeriesName, readonly number[]> = WATCHED.reduce((all, { definition }, i) => {
  const series = seriesOf(definition);
  return all.set(series, [...(all.get(series) ?? []), i]);
}, new Map<SeriesName, number[]>());
