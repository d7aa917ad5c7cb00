import { MINUTE_MS } from "../core/due.ts";
import { tokensPerRequest, usesByMinute } from "../core/plan/plan-use.ts";
import { replay, tariffsOf } from "../core/replay/report.ts";
import { type Trace, TraceBuilder } from "../core/replay/trace.ts";
import { UNMARKED } from "../core/usage/usage-record.ts";
import { Refused } from "./errors.ts";
import type { Clock, UsageReader } from "./ports.ts";

/** What one policy would have cost the application and the warmer together, over all models. */
export interface EstimatedPolicy {
  readonly policy: string;
  readonly usdPerDay: number;
  /** Share of the requests that would have found their prefix cached. */
  readonly hitRate: number;
}

export interface Estimate {
  /** From the first record to now: money is divided by it. */
  readonly days: number;
  readonly requests: number;
  readonly prefixes: number;
  /** Requests without a prefix, or whose model has no price: in no dollar above. */
  readonly leftOut: number;
  /** Known to have been, and in no record. */
  readonly lost: number;
  /** The least that the same requests cost, with the future known. */
  readonly optimumUsdPerDay: number;
  /** The cheapest first; absent without a record. */
  readonly policies: readonly EstimatedPolicy[];
  /** The cheapest policy, and what it saves a day against the cheaper way without a warmer. */
  readonly advice?: {
    readonly policy: string;
    readonly without: string;
    readonly savesUsdPerDay: number;
    /** No policy saves anything: nothing here is worth warming. */
    readonly isBetterNotToWarm: boolean;
  };
}

const DAY_MS = 86_400_000;

/** A replay of ten million requests keeps 390 MB. */
const MAX_REQUESTS = 10_000_000;

/**
 * Replays what the application recorded in the last days under each policy. Requests of one minute are spread evenly
 * over it, since a record knows only how many there were.
 *
 * @param days as many are replayed, 1 to 8: records are kept for eight
 * @throws Refused for more requests than fit into memory
 */
export async function estimatePlans(
  { clock, usage }: { readonly clock: Pick<Clock, "now">; readonly usage: UsageReader },
  {
    days,
    policies,
    lambda,
    closedDays,
  }: {
    readonly days: number;
    readonly policies: readonly string[];
    readonly lambda: number;
    readonly closedDays?: readonly string[] | undefined;
  },
): Promise<Estimate> {
  const now = clock.now();
  const records = await usage.between(now - days * DAY_MS, now);
  const minutes = usesByMinute(records);
  const [first = now / MINUTE_MS] = minutes.keys();
  const covered = Math.max(1 / 24, now / DAY_MS - (first * MINUTE_MS) / DAY_MS);
  const uses = [...minutes.values()].flatMap((minute) => [...minute.values()]);
  const total = uses.reduce((sum, use) => sum + use.requests, 0);
  if (total > MAX_REQUESTS) {
    throw new Refused(
      `${total} requests were recorded, more than ${MAX_REQUESTS} fit; repeat with fewer --days`,
    );
  }
  const unmarked = records
    .flatMap(({ prefixes }) => prefixes)
    .filter(({ fingerprint }) => fingerprint === UNMARKED)
    .reduce((sum, { requests }) => sum + requests, 0);
  const usd = new Map<string, number>();
  const hits = new Map<string, number>();
  let [optimum, requests] = [0, 0];
  for (const model of [...new Set(uses.map((use) => use.model))].sort()) {
    const tariffFor = tariffsOf(model, now);
    const trace = tariffFor && traceOf(model, minutes);
    if (tariffFor === undefined || trace === undefined) continue;
    const replayed = replay({ ...trace, closedDays }, model, tariffFor, policies, lambda);
    optimum += replayed.optimum.usd;
    requests += replayed.requests;
    for (const { policy, usd: cost, hitRate } of replayed.policies) {
      usd.set(policy, (usd.get(policy) ?? 0) + cost);
      hits.set(policy, (hits.get(policy) ?? 0) + hitRate * replayed.requests);
    }
  }
  const estimated = [...usd]
    .map(([policy, cost]) => ({
      policy,
      usdPerDay: cost / covered,
      hitRate: (hits.get(policy) ?? 0) / requests,
    }))
    .sort((a, b) => a.usdPerDay - b.usdPerDay);
  return {
    days: covered,
    requests,
    prefixes: new Set(uses.map((use) => use.fingerprint)).size,
    leftOut: unmarked + total - requests,
    lost: records.reduce((sum, record) => sum + record.lost, 0),
    optimumUsdPerDay: optimum / covered,
    policies: estimated,
    ...adviceOf(estimated),
  };
}

function adviceOf(policies: readonly EstimatedPolicy[]): Pick<Estimate, "advice"> {
  const [best] = policies;
  const without = policies.find(({ policy }) => policy.startsWith("off"));
  if (best === undefined || without === undefined) return {};
  const saves = without.usdPerDay - best.usdPerDay;
  return {
    advice: {
      policy: best.policy,
      without: without.policy,
      savesUsdPerDay: saves,
      isBetterNotToWarm: saves <= 0,
    },
  };
}

/** The recorded requests of one model, in order of time; `undefined` if none of them read or wrote. */
function traceOf(model: string, minutes: ReturnType<typeof usesByMinute>): Trace | undefined {
  const builder = new TraceBuilder(model);
  let rows = 0;
  for (const [minute, uses] of minutes) {
    const requests = [...uses.values()].flatMap((use) => {
      const tokens = use.model === model ? tokensPerRequest(use) : undefined;
      if (tokens === undefined) return [];
      return Array.from({ length: use.requests }, (_, i) => ({
        at: (minute * MINUTE_MS) / 1000 + (60 * (i + 0.5)) / use.requests,
        id: use.fingerprint,
        tokens,
      }));
    });
    requests.sort((a, b) => a.at - b.at || (a.id < b.id ? -1 : 1));
    for (const { at, id, tokens } of requests) builder.row(at, id, { tokens });
    rows += requests.length;
  }
  return rows === 0 ? undefined : builder.finish();
}
