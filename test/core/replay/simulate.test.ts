import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { agents } from "../../../bench/policy/generators/people.ts";
import { holiday } from "../../../bench/policy/generators/tenants.ts";
import { TTL_MS, type Ttl } from "../../../lib/core/due.ts";
import { POLICY_NAMES, policyNamed } from "../../../lib/core/plan/policies.ts";
import { TOUCH_OVERHEAD_TOKENS, USUAL_TARIFF, writeShare } from "../../../lib/core/plan/tariff.ts";
import type { LoggedDecision, SimulationOptions } from "../../../lib/core/replay/bill.ts";
import { optimaOf, score } from "../../../lib/core/replay/compare.ts";
import { hash01 } from "../../../lib/core/replay/hash.ts";
import { simulate } from "../../../lib/core/replay/simulate.ts";
import { type Trace, TraceBuilder } from "../../../lib/core/replay/trace.ts";

interface Request {
  readonly t: number;
  readonly id: string;
  readonly tokens: number;
  readonly stopReason?: string;
}

/** Some days of a few prefixes, each with bursts and pauses of its own; before a pause a turn ends, mostly. */
function traffic(seed: number, prefixes: number, requests: number): Request[] {
  return Array.from({ length: prefixes }, (_, at) => {
    let t = Math.floor(20_000 * hash01(seed, at));
    return Array.from({ length: requests }, (_, i) => {
      t += Math.floor(Math.exp(3 + 8 * hash01(seed, at, i)) * (0.2 + hash01(seed, at)));
      const isOver = hash01(seed, at, i + 1) > 0.5 !== hash01(seed, at, i, 1) < 0.1;
      const tokens = 1_000 * (1 + at);
      return { t, id: `prefix-${at}`, tokens, stopReason: isOver ? "end_turn" : "tool_use" };
    });
  })
    .flat()
    .sort((a, b) => a.t - b.t || (a.id < b.id ? -1 : 1));
}

function traceOf(requests: readonly Request[]): Trace {
  const builder = new TraceBuilder("test");
  for (const { t, id, ...rest } of requests) builder.row(t, id, rest);
  return builder.finish();
}

function decisions(requests: readonly Request[], name = "adaptive", options: SimulationOptions = {}) {
  const log: LoggedDecision[] = [];
  const bill = simulate(traceOf(requests), policyNamed(name), {
    ...options,
    onDecision: (decision) => log.push(decision),
  });
  return { bill, log };
}

const byPrefix = (log: readonly LoggedDecision[]) =>
  log.map((one) => `${one.prefix} ${one.t} ${one.action} ${one.ttl}`).sort();

describe("decisions", () => {
  it("do not change when the future is cut off", () => {
    fc.assert(
      fc.property(fc.nat(1_000), fc.double({ min: 0.1, max: 0.95, noNaN: true }), (seed, share) => {
        const requests = traffic(seed, 5, 60);
        const kept = requests.slice(0, Math.ceil(share * requests.length));
        const end = kept.at(-1)?.t ?? 0;
        const before = ({ t }: LoggedDecision) => t < end;
        expect(decisions(kept).log.filter(before)).toEqual(decisions(requests).log.filter(before));
      }),
      { numRuns: 12 },
    );
  });

  it("do not change when prefixes are given in another order", () => {
    fc.assert(
      fc.property(fc.nat(1_000), (seed) => {
        const requests = traffic(seed, 6, 40);
        // Within a second the order of prefixes is turned around.
        const turned = requests.toSorted((a, b) => a.t - b.t || (a.id < b.id ? 1 : -1));
        const extra = traceOf(turned);
        const log: LoggedDecision[] = [];
        simulate(extra, policyNamed("adaptive"), { onDecision: (decision) => log.push(decision) });
        expect(byPrefix(log)).toEqual(byPrefix(decisions(requests).log));
      }),
      { numRuns: 8 },
    );
  });

  it("are equal for prefixes with equal histories and prices", () => {
    const one = traffic(7, 1, 80);
    const both = one.flatMap((request) => [request, { ...request, id: "twin" }]);
    const { log } = decisions(both);
    const of = (prefix: string) =>
      log.filter((one) => one.prefix === prefix).map(({ prefix: _, ...rest }) => rest);
    expect(of("twin")).toEqual(of("prefix-0"));
    expect(of("twin").length).toBeGreaterThan(20);
  });

  it("are the same whatever a column says that is not used, and others with it", () => {
    const trace = agents({ seed: 1, clients: 80 });
    const { stop: _stop, ended: _ended, ...bare } = trace;
    const log = (of: Trace, hints: SimulationOptions["hints"]) => {
      const decided: LoggedDecision[] = [];
      const onDecision = (decision: LoggedDecision) => decided.push(decision);
      simulate(of, policyNamed("adaptive-5m"), { onDecision, ...(hints && { hints }) });
      return decided;
    };
    expect(log(trace, [])).toEqual(log(bare, undefined));
    expect(log(trace, ["stop_reason"])).not.toEqual(log(trace, []));
  });

  it.each(["adaptive", "always", "keepalive(2)", "ski-rental"])(
    "of %s never come too late: no touch turns into a write",
    (name) => {
      for (const seed of [1, 2, 3]) {
        const { bill } = decisions(traffic(seed, 5, 60), name, { seed });
        expect(bill.touches).toBeGreaterThan(10);
        expect(bill.fills).toBe(0);
      }
    },
  );
});

describe("decisions over a generated holiday", () => {
  const trace = holiday({ seed: 1, clients: 8 });
  const { closedDays: days, ...bare } = trace;
  const optima = optimaOf(bare, 0.5);

  it("cost less if it is known beforehand, and the same if its days are not asked for", () => {
    expect(days).toHaveLength(7);
    const ratio = (of: Trace, hints?: SimulationOptions["hints"]) =>
      score(of, "adaptive", optima, 0.5, { ...(hints && { hints }) }).ratio;
    expect(ratio(trace, [])).toBe(ratio(bare));
    expect(ratio(trace)).toBeLessThan(ratio(bare) - 0.01);
  });

  it("go by what a cold request is said to be worth", () => {
    const hits = (lambda: number) => score(trace, "adaptive", optima, lambda).hitRate;
    expect(hits(5)).toBeGreaterThan(hits(0.5) + 0.005);
  });
});

/** Charges a decision log with nothing but the provider's rules. */
function charged(requests: readonly Request[], log: readonly LoggedDecision[]): number {
  const entries = new Map<string, { expiry: number; ttl: Ttl; tokens: number }>();
  const events = [
    ...requests.map((request) => ({ t: request.t, id: request.id, tokens: request.tokens, touch: false })),
    ...log
      .filter(({ action }) => action === "touch")
      .map(({ t, prefix }) => ({ t, id: prefix, tokens: 0, touch: true })),
  ].sort((a, b) => a.t - b.t);
  const writes = new Map(
    log.filter(({ action }) => action === "write").map((one) => [`${one.prefix} ${one.t}`, one.ttl]),
  );
  let cost = 0;
  for (const { t, id, tokens, touch } of events) {
    const entry = entries.get(id);
    const alive = entry !== undefined && t <= entry.expiry;
    const ttl = alive ? entry.ttl : (writes.get(`${id} ${t}`) ?? entry?.ttl ?? "5m");
    const size = touch ? (entry?.tokens ?? 0) : tokens;
    cost +=
      (alive ? USUAL_TARIFF.read : writeShare(USUAL_TARIFF, ttl)) * size +
      (touch ? TOUCH_OVERHEAD_TOKENS : 0);
    entries.set(id, { expiry: t + TTL_MS[ttl] / 1000, ttl, tokens: size });
  }
  return cost;
}

describe("the bill", () => {
  it.each(["adaptive", "adaptive-5m", "always", "ski-rental", "off", "keepalive(2)"])(
    "of %s is what its decision log costs when it is charged by itself",
    (name) => {
      const requests = traffic(11, 6, 80);
      const { bill, log } = decisions(requests, name);
      expect(charged(requests, log)).toBeCloseTo(bill.cost, 3);
    },
  );

  it("counts every policy's hits and touches; only a warmer touches", () => {
    for (const name of POLICY_NAMES) {
      const { bill } = decisions(traffic(3, 4, 30), name);
      expect(bill.touches > 0).toBe(!name.startsWith("off"));
      expect(bill.hits).toBeLessThanOrEqual(bill.requests);
      expect(bill.money).toBeCloseTo(3 * bill.cost, 3);
    }
  });

  it("of an application that is granted 5m always is within 5 % of what it is when that is said from the start", () => {
    const requests = traffic(5, 20, 150);
    const found = decisions(requests, "adaptive", { downgrades: true }).bill.cost;
    const said = decisions(requests, "adaptive-5m").bill.cost;
    expect(found).toBeLessThan(1.05 * said);
  });

  it("of prefixes below the model's minimum is their base price", () => {
    const tariffFor = () => ({ ...USUAL_TARIFF, minimumTokens: 10_000 });
    const requests = traffic(5, 2, 20);
    const { bill } = decisions(requests, "always", { tariffFor });
    expect(bill.cost).toBe(requests.reduce((sum, { tokens }) => sum + tokens, 0));
    expect(bill.touches).toBe(0);
  });

  it("stays within a budget of requests a minute", () => {
    const requests = Array.from({ length: 40 }, (_, i) => ({ t: 600, id: `p${i}`, tokens: 5_000 }));
    const end = { t: 40_000, id: "last", tokens: 5_000 };
    const { log } = decisions([...requests, end], "always", {
      limits: { requestsPerMinute: 40, share: 0.5 },
    });
    const perMinute = new Map<number, number>();
    for (const { t, action } of log) {
      if (action === "touch") perMinute.set(Math.floor(t / 60), (perMinute.get(Math.floor(t / 60)) ?? 0) + 1);
    }
    expect(Math.max(...perMinute.values())).toBe(20);
  });
});
