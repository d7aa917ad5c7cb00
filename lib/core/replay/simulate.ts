import { MINUTE_MS, NEVER, TTL_MS, type Ttl } from "../due.ts";
import { newPlanState, recordTouch, recordUse, retire, succeed } from "../plan/planner.ts";
import type { PlanState, Policy } from "../plan/policy.ts";
import { type Tariff, TOUCH_OVERHEAD_TOKENS, USUAL_TARIFF, writeShare } from "../plan/tariff.ts";
import { planTick } from "../plan/tick.ts";
import { addTurns, type Turns } from "../usage/turns.ts";
import { type Bill, HINTS, type SimulationOptions } from "./bill.ts";
import { hash01 } from "./hash.ts";
import type { Trace } from "./trace.ts";

/** The provider's side of one prefix, which the planner never sees. */
interface Entry {
  /** Seconds; the entry is alive up to and including this instant. */
  expiry: number;
  ttl: Ttl;
}

interface Bucket {
  readonly at: number;
  requests: number;
  tokens: number;
  wrote: Ttl | undefined;
  ended: boolean;
  turns: Turns | undefined;
  lastStart: number | undefined;
}

const LIFE_SECONDS: Readonly<Record<Ttl, number>> = { "5m": TTL_MS["5m"] / 1000, "1h": TTL_MS["1h"] / 1000 };
const USUAL = () => USUAL_TARIFF;
/** By the trace's code. */
const TURNS: readonly (Turns | undefined)[] = [undefined, { open: 1, over: 0 }, { open: 0, over: 1 }];

/**
 * Replays a trace under a policy and charges it. The planner wakes once in every minute, at an instant
 * drawn from (seed, minute), and knows the organic use of the minutes before, counted per minute. Every touch
 * up to the trace's last request is charged, a late one as a write.
 *
 * A request is charged for its own size, read or written: what it adds beyond the cached part is written
 * whatever the warmer does, so policies and optimum leave that difference out.
 */
export function simulate(trace: Trace, policy: Policy, options: SimulationOptions = {}): Bill {
  return new Simulation(trace, policy, options).run();
}

/** What the planner remembers of each prefix when the trace ends, by id. */
export function statesAfter(
  trace: Trace,
  policy: Policy,
  options: SimulationOptions = {},
): ReadonlyMap<string, PlanState> {
  const simulation = new Simulation(trace, policy, options);
  simulation.run();
  return new Map(
    simulation.states.flatMap((state) => (state === undefined ? [] : [[state.fingerprint, state]])),
  );
}

class Simulation {
  /** With those optional columns that are used. */
  private readonly trace: Trace;
  private readonly policy: Policy;
  private readonly options: SimulationOptions;
  private readonly tariffFor: (tokens: number) => Tariff;
  private readonly bill: Bill;
  readonly states: (PlanState | undefined)[];
  private readonly entries: (Entry | undefined)[];
  /** Prefixes by the minute in which they must be looked at. */
  private readonly wheel = new Map<number, number[]>();
  private readonly position = new Map<PlanState, number>();
  private buckets = new Map<number, Bucket>();
  /** Prefixes seen to replace another since the last tick, with the one they replace. */
  private successions = new Map<number, number>();

  constructor(trace: Trace, policy: Policy, options: SimulationOptions) {
    const hints = new Set(options.hints ?? HINTS);
    this.trace = {
      ...trace,
      replaces: hints.has("replaces") ? trace.replaces : undefined,
      ended: hints.has("session_end") ? trace.ended : undefined,
      stop: hints.has("stop_reason") ? trace.stop : undefined,
    };
    this.policy = policy;
    this.options = options;
    this.tariffFor = options.tariffFor ?? USUAL;
    this.states = new Array(trace.ids.length).fill(undefined);
    this.entries = new Array(trace.ids.length).fill(undefined);
    const nothing = { cost: 0, money: 0, hits: 0, coldTokens: 0, touches: 0, fills: 0 };
    this.bill = {
      ...nothing,
      requests: trace.times.length,
      touchCost: 0,
      firstWriteCost: 0,
      rewriteCost: 0,
    };
  }

  run(): Bill {
    const { times } = this.trace;
    const end = times[times.length - 1] as number;
    let row = 0;
    for (let minute = Math.floor((times[0] as number) / 60); minute * 60 <= end; minute++) {
      if (this.wheel.size === 0 && this.buckets.size === 0 && row < times.length) {
        minute = Math.max(minute, Math.floor((times[row] as number) / 60));
      }
      const now = minute * 60 + 60 * hash01(this.options.seed ?? 1, minute);
      // Requests of the last minute that came after its tick, and of this one before its tick.
      for (; row < times.length && (times[row] as number) < minute * 60; row++) this.serve(row);
      this.learn(minute - 1, minute);
      this.options.onMinute?.(minute, this.states);
      for (; row < times.length && (times[row] as number) < now; row++) this.serve(row);
      if (now <= end) this.tick(minute, now);
      this.policy.commit?.(minute);
    }
    for (; row < times.length; row++) this.serve(row);
    return this.bill;
  }

  private charge(tokens: number, tariff: Tariff): number {
    this.bill.cost += tokens;
    this.bill.money += (tokens * tariff.input) / 1_000_000;
    return tokens;
  }

  /** One organic request. */
  private serve(row: number): void {
    const { times, prefix, tokens, ids, replaces, ended, stop } = this.trace;
    const [t, at, size] = [times[row] as number, prefix[row] as number, tokens[row] as number];
    const tariff = this.tariffFor(size);
    const replaced = replaces?.[row] ?? 0;
    const entry = this.entries[at];
    let wrote: Ttl | undefined;
    if (size < (tariff.minimumTokens ?? 0)) {
      this.charge(size, tariff);
    } else if (entry !== undefined && t <= entry.expiry) {
      this.bill.hits++;
      this.charge(tariff.read * size, tariff);
      entry.expiry = t + LIFE_SECONDS[entry.ttl];
    } else {
      const known = this.states[at] ?? (replaced > 0 ? this.states[replaced - 1] : undefined);
      wrote = this.granted(this.options.appTtl ?? known?.advice ?? this.policy.firstTtl(tariff));
      const cost = this.charge(writeShare(tariff, wrote) * size, tariff);
      this.bill.coldTokens += size;
      if (entry === undefined) this.bill.firstWriteCost += cost;
      else this.bill.rewriteCost += cost;
      this.entries[at] = { expiry: t + LIFE_SECONDS[wrote], ttl: wrote };
      this.options.onDecision?.({ prefix: ids[at] as string, t, action: "write", ttl: wrote });
    }
    const bucket: Bucket = this.buckets.get(at) ?? {
      at,
      requests: 0,
      tokens: 0,
      wrote: undefined,
      ended: false,
      turns: undefined,
      lastStart: undefined,
    };
    if (bucket.requests === 0) this.buckets.set(at, bucket);
    bucket.requests++;
    bucket.tokens = size;
    if (this.options.exactStarts === true) bucket.lastStart = t * 1000;
    bucket.wrote = wrote ?? bucket.wrote;
    bucket.ended = ended?.[row] === 1;
    bucket.turns = addTurns(bucket.turns, TURNS[stop?.[row] ?? 0]);
    if (replaced > 0) this.successions.set(at, replaced - 1);
  }

  private granted(asked: Ttl): Ttl {
    return this.options.downgrades === true ? "5m" : asked;
  }

  /** Hands the planner the minute that has just been completed. */
  private learn(bucketMinute: number, tickMinute: number): void {
    for (const [at, replaced] of this.successions) {
      const old = this.states[replaced];
      if (old === undefined) continue;
      if (this.states[at] === undefined) succeed(this.stateOf(at), old);
      else retire(old);
    }
    for (const bucket of this.buckets.values()) {
      const state = this.stateOf(bucket.at);
      recordUse(state, { minute: bucketMinute, ...bucket }, this.policy);
      this.file(bucket.at, state, tickMinute);
    }
    if (this.buckets.size > 0) this.buckets = new Map();
    if (this.successions.size > 0) this.successions = new Map();
  }

  private stateOf(at: number): PlanState {
    let state = this.states[at];
    if (state === undefined) {
      const fingerprint = this.trace.ids[at] as string;
      const tariff = this.tariffFor(this.buckets.get(at)?.tokens ?? 0);
      state = newPlanState({ fingerprint, tariff }, this.policy);
      this.states[at] = state;
      this.position.set(state, at);
    }
    return state;
  }

  private file(at: number, state: PlanState, notBefore: number): void {
    if (state.dueAt === NEVER) return;
    const minute = Math.max(state.dueAt / MINUTE_MS, notBefore);
    state.dueAt = minute * MINUTE_MS;
    const slot = this.wheel.get(minute);
    if (slot === undefined) this.wheel.set(minute, [at]);
    else slot.push(at);
  }

  /** Plans at `now` (seconds) and sends what is planned. */
  private tick(minute: number, now: number): void {
    const slot = this.wheel.get(minute);
    if (slot === undefined) return;
    this.wheel.delete(minute);
    const due = [...new Set(slot)].flatMap((at) => {
      const state = this.states[at];
      return state === undefined || state.dueAt !== minute * MINUTE_MS ? [] : [state];
    });
    const { touches, passed } = planTick(due, now * 1000, this.policy, this.options.limits);
    for (const { state, ttl } of touches) this.touch(state, ttl, now);
    for (const { state } of [...touches, ...passed]) {
      this.file(this.position.get(state) as number, state, minute + 1);
    }
  }

  private touch(state: PlanState, ttl: Ttl, now: number): void {
    const { tokens, tariff, fingerprint } = state;
    const entry = this.entries[this.position.get(state) as number] as Entry;
    let wrote: Ttl | undefined;
    if (now > entry.expiry) {
      wrote = this.granted(ttl);
      entry.ttl = wrote;
      this.bill.fills++;
    }
    const share = wrote === undefined ? tariff.read : writeShare(tariff, wrote);
    this.bill.touchCost += this.charge(share * tokens + TOUCH_OVERHEAD_TOKENS, tariff);
    this.bill.touches++;
    entry.expiry = now + LIFE_SECONDS[entry.ttl];
    this.options.onDecision?.({ prefix: fingerprint, t: now, action: "touch", ttl: entry.ttl });
    recordTouch(state, now * 1000, wrote, this.policy);
  }
}
