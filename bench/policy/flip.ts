import { MINUTE_MS } from "../../lib/core/due.ts";
import { Adaptive } from "../../lib/core/plan/adaptive.ts";
import { planCoverage } from "../../lib/core/plan/coverage.ts";
import type { PlanState, Policy } from "../../lib/core/plan/policy.ts";
import { simulate } from "../../lib/core/replay/simulate.ts";
import { type Trace, TraceBuilder } from "../../lib/core/replay/trace.ts";
import { arrivals, DAY, Draws, HOUR, MONDAY, rhythmOf } from "./generators/traffic.ts";

/** A write takes so long until its entry can be read, in seconds. */
const WRITE_SECONDS = 3;
/** Sessions per tenant and hour at the busiest time: log-normal, so that most tenants are quiet. */
const MEAN_SESSIONS_PER_HOUR = 0.42;
const SPREAD = 1.35;
const REQUESTS_PER_SESSION = 7;
const SECONDS_BETWEEN = 33;

/** A flip is planned in so many minutes of the trace, its last and earlier ones. */
const FLIPS = 32;
const EVERY_MINUTES = 44;

interface Outcome {
  readonly writes: number;
  /** Share of the first minute's requests that hit. */
  readonly hitRate: number;
}

interface OneFlip extends Outcome {
  readonly prefixes: number;
  readonly requests: number;
  readonly predicted: number;
}

/** Of the last minute; and of all, since the requests of one minute scatter. */
export interface FlipResult extends OneFlip {
  readonly target: number;
  /** By other ways of choosing what to warm. */
  readonly rules: Readonly<Record<string, Outcome>>;
  readonly day: {
    readonly flips: number;
    /** On average. */
    readonly writes: number;
    /** Of all their first minutes together. */
    readonly predicted: number;
    readonly hitRate: number;
    /** Share of them that reached the target. */
    readonly reached: number;
  };
}

/** Many tenants with office hours in three time zones, who come in short sessions. */
export function manyTenants(seed: number, tenants: number, seconds: number): Trace {
  const times: number[] = [];
  const owners: number[] = [];
  for (let tenant = 0; tenant < tenants; tenant++) {
    const draws = new Draws(seed, 10, tenant);
    const share = rhythmOf(draws);
    const perHour = MEAN_SESSIONS_PER_HOUR * Math.exp(SPREAD * draws.normal() - SPREAD ** 2 / 2);
    for (const start of arrivals(draws, MONDAY, MONDAY + seconds, perHour / HOUR, share)) {
      let t = start;
      do {
        times.push(t);
        owners.push(tenant);
        t += draws.exponential(SECONDS_BETWEEN);
      } while (draws.uniform() > 1 / REQUESTS_PER_SESSION && t < MONDAY + seconds);
    }
  }
  const order = Uint32Array.from(times.keys()).sort((a, b) => (times[a] ?? 0) - (times[b] ?? 0));
  const builder = new TraceBuilder("many-tenants");
  for (const at of order) builder.row(Math.floor(times[at] ?? 0), `tenant-${owners[at]}`, { tokens: 10_000 });
  return builder.finish();
}

/**
 * Every prefix is replaced at once, in a minute of an hour of the last day or at its end; the traffic up to then is
 * known in minutes, the last one too. Which are warmed, and who hits?
 */
export function flip(
  seed: number,
  tenants: number,
  target: number,
  afterSeconds = 4 * DAY + 14 * HOUR,
): FlipResult {
  const whole = manyTenants(seed, tenants, afterSeconds + 60);
  const last = (MONDAY + afterSeconds) / 60;
  const policy = new Adaptive();
  const planned: OneFlip[] = [];
  let rules: FlipResult["rules"] = {};
  simulate(whole, policy, {
    hints: [],
    onMinute: (minute, known) => {
      const isPlanned = minute > last - FLIPS * EVERY_MINUTES && (last - minute) % EVERY_MINUTES === 0;
      if (!isPlanned) return;
      const states = known.filter((state) => state !== undefined);
      const first = minuteOf(whole, minute);
      const plan = coverage(states, minute, policy, target);
      const { writes, hitRate } = outcomeOf(first, plan.order);
      const of = { prefixes: states.length, requests: first.times.length };
      planned.push({ ...of, writes, predicted: plan.coverage, hitRate });
      if (minute < last) return;
      const activeSince = (minutes: number) =>
        states.filter(({ lastUse }) => lastUse >= minute - minutes).map(({ fingerprint }) => fingerprint);
      const all = coverage(states, minute, policy, 1).order;
      rules = {
        nothing: outcomeOf(first, []),
        "used in the last 5 minutes": outcomeOf(first, activeSince(5)),
        "used in the last hour": outcomeOf(first, activeSince(60)),
        "used in the last day": outcomeOf(first, activeSince(1440)),
        "first 8,000 of the plan": outcomeOf(first, all.slice(0, Math.round((8000 * tenants) / 47_000))),
      };
    },
  });
  const sum = (of: (one: OneFlip) => number) => planned.reduce((total, one) => total + of(one), 0);
  const requests = sum((one) => one.requests);
  return {
    ...(planned.at(-1) as OneFlip),
    target,
    rules,
    day: {
      flips: planned.length,
      writes: sum(({ writes }) => writes) / planned.length,
      predicted: sum((one) => one.predicted * one.requests) / requests,
      hitRate: sum((one) => one.hitRate * one.requests) / requests,
      reached: sum(({ hitRate }) => Number(hitRate >= target)) / planned.length,
    },
  };
}

function coverage(states: readonly PlanState[], minute: number, policy: Policy, target: number) {
  const candidates = states.map((traffic) => {
    return { fingerprint: traffic.fingerprint, required: false, warm: false, traffic };
  });
  return planCoverage(candidates, minute * MINUTE_MS, policy, target);
}

function outcomeOf(first: Trace, warmed: readonly string[]): Outcome {
  return { writes: warmed.length, hitRate: hitRate(first, new Set(warmed)) };
}

function minuteOf(trace: Trace, minute: number): Trace {
  const at = (t: number) => {
    const row = trace.times.findIndex((time) => time >= t);
    return row < 0 ? trace.times.length : row;
  };
  return cut(trace, at(60 * minute), at(60 * (minute + 1)));
}

function cut(trace: Trace, from: number, to: number): Trace {
  const { name, ids, times, tokens, prefix } = trace;
  return {
    name,
    ids,
    times: times.subarray(from, to),
    tokens: tokens.subarray(from, to),
    prefix: prefix.subarray(from, to),
  };
}

function hitRate({ ids, times, prefix }: Trace, warmed: ReadonlySet<string>): number {
  const readableAt = new Map<number, number>();
  let hits = 0;
  for (let row = 0; row < times.length; row++) {
    const [t, at] = [times[row] as number, prefix[row] as number];
    if (warmed.has(ids[at] as string) || t >= (readableAt.get(at) ?? Number.POSITIVE_INFINITY)) hits++;
    else if (!readableAt.has(at)) readableAt.set(at, t + WRITE_SECONDS);
  }
  return hits / times.length;
}
