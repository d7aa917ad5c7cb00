import { hash01 } from "../../../lib/core/replay/hash.ts";
import { type Trace, TraceBuilder } from "../../../lib/core/replay/trace.ts";

/**
 * Seeded traffic for what the recorded traces lack. Every number is a hash of (seed, kind, client, draw),
 * so a client's requests do not change when others are added or left out. Days start on a Monday.
 */
export interface GeneratorOptions {
  readonly seed: number;
  /** @default what the generator needs to show its kind of traffic */
  readonly clients?: number;
  readonly days?: number;
}

export type Generator = (options: GeneratorOptions) => Trace;

export interface Request {
  t: number;
  id: string;
  tokens: number;
  replaces?: string;
  stopReason?: string;
  sessionEnd?: boolean;
  closed?: boolean;
}

export const HOUR = 3600;
export const DAY = 86_400;
export const WEEK = 7 * DAY;
/** 1970-01-01 was a Thursday; four days later is the first Monday. */
export const MONDAY = 4 * DAY;

/** A client's own stream of draws. */
export class Draws {
  private readonly seed: number;
  private readonly kind: number;
  private readonly client: number;
  private count = 0;

  constructor(seed: number, kind: number, client: number) {
    this.seed = seed;
    this.kind = kind;
    this.client = client;
  }

  uniform(): number {
    return hash01(this.seed, this.kind, this.client, this.count++);
  }

  between(low: number, high: number): number {
    return low + (high - low) * this.uniform();
  }

  /** Between the two with a uniform logarithm. */
  log(low: number, high: number): number {
    return Math.exp(this.between(Math.log(low), Math.log(high)));
  }

  exponential(mean: number): number {
    return -mean * Math.log(1 - this.uniform());
  }

  normal(): number {
    return Math.sqrt(-2 * Math.log(1 - this.uniform())) * Math.cos(2 * Math.PI * this.uniform());
  }

  tokens(): number {
    return Math.round(this.log(2_000, 100_000));
  }
}

/** Share of its peak at which an office works at `t`; `shift` is its time zone in seconds. */
export function office(t: number, shift: number, night: number, weekend: number): number {
  const local = t - MONDAY + shift + WEEK;
  const hour = (local % DAY) / HOUR;
  const day = Math.floor(local / DAY) % 7;
  const rhythm = hour < 7 || hour > 20 ? night : night + (1 - night) * Math.sin((Math.PI * (hour - 7)) / 13);
  return day < 5 ? rhythm : rhythm * weekend;
}

/** A Poisson stream whose rate at `t` is `peak * share(t)` per second, with `share` at most 1. */
export function* arrivals(
  draws: Draws,
  from: number,
  to: number,
  peak: number,
  share: (t: number) => number,
) {
  for (let t = from + draws.exponential(1 / peak); t < to; t += draws.exponential(1 / peak)) {
    if (draws.uniform() < share(t)) yield t;
  }
}

export function toTrace(name: string, requests: Request[]): Trace {
  const whole = requests.map((request) => ({ ...request, t: Math.floor(request.t) }));
  whole.sort((a, b) => a.t - b.t || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0));
  const builder = new TraceBuilder(name);
  for (const { t, id, ...rest } of whole) builder.row(t, id, rest);
  return builder.finish();
}

/** A tenant's own office: one of three time zones, more or less awake at night and at weekends. */
export function rhythmOf(draws: Draws): (t: number) => number {
  const shift = [0, -6 * HOUR, 8 * HOUR][Math.floor(draws.uniform() * 3)] ?? 0;
  const night = draws.between(0.02, 0.3);
  const weekend = draws.between(0.05, 0.6);
  return (t) => office(t, shift, night, weekend);
}
