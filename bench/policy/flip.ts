import { MINUTE_MS } from "../../lib/core/due.ts";
import { Adaptive } from "../../lib/core/plan/adaptive.ts";
import { planCoverage } from "../../lib/core/plan/coverage.ts";
import { statesAfter } from "../../lib/core/replay/simulate.ts";
import { type Trace, TraceBuilder } from "../../lib/core/replay/trace.ts";
import { arrivals, DAY, Draws, HOUR, MONDAY, rhythmOf } from "./generators/traffic.ts";

/** A write takes so long until its entry can be read, in seconds. */
const WRITE_SECONDS = 3;
/** Sessions per tenant and hour at the busiest time: log-normal, so that most tenants are quiet. */
const MEAN_SESSIONS_PER_HOUR = 0.42;
const SPREAD = 1.35;
const REQUESTS_PER_SESSION = 7;
const SECONDS_BETWEEN = 33;

export interface FlipResult {
  readonly prefixes: number;
  readonly requests: number;
  readonly target: number;
  readonly writes: number;
  readonly predicted: number;
  /** Share of the first minute's requests that hit, by the way of choosing what to warm. */
  readonly hitRate: number;
  readonly rules: Readonly<Record<string, { readonly writes: number; readonly hitRate: number }>>;
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
 * Every prefix is replaced at once; the traffic up to then is known in minutes, the last one too. Which are warmed, and
 * who hits?
 */
export function flip(
  seed: number,
  tenants: number,
  target: number,
  afterSeconds = 4 * DAY + 14 * HOUR,
): FlipResult {
  const whole = manyTenants(seed, tenants, afterSeconds + 60);
  const at = MONDAY + afterSeconds;
  const end = whole.times.findIndex((t) => t >= at);
  const policy = new Adaptive();
  const states = statesAfter(cut(whole, 0, end), policy, { hints: [], readsLastMinute: true });
  const candidates = [...states.values()].map((traffic) => ({
    fingerprint: traffic.fingerprint,
    required: false,
    warm: false,
    traffic,
  }));
  const first = cut(whole, end, whole.times.length);
  const plan = planCoverage(candidates, at * 1000, policy, target);
  const activeSince = (minutes: number) => {
    const since = (at * 1000) / MINUTE_MS - minutes;
    return new Set(
      [...states.values()].filter(({ lastUse }) => lastUse >= since).map(({ fingerprint }) => fingerprint),
    );
  };
  const outcome = (warmed: ReadonlySet<string>) => ({
    writes: warmed.size,
    hitRate: hitRate(first, warmed),
  });
  return {
    prefixes: states.size,
    requests: first.times.length,
    target,
    writes: plan.order.length,
    predicted: plan.coverage,
    hitRate: hitRate(first, new Set(plan.order)),
    rules: {
      nothing: outcome(new Set()),
      "used in the last 5 minutes": outcome(activeSince(5)),
      "used in the last hour": outcome(activeSince(60)),
      "used in the last day": outcome(activeSince(1440)),
      "first 8,000 of the plan": outcome(
        new Set(
          planCoverage(candidates, at * 1000, policy, 1).order.slice(
            0,
            Math.round((8000 * tenants) / 47_000),
          ),
        ),
      ),
    },
  };
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
