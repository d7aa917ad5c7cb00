import type { Ttl } from "../due.ts";
import { BINS, EDGE, HOUR, nextReview } from "./bins.ts";
import { decodeFleet, encodeFleet } from "./encode-fleet.ts";
import { Experience } from "./experience.ts";
import { EPISODE, FirstAdvice, pays } from "./first-advice.ts";
import { gapClass } from "./fleet.ts";
import { Forecast, MOST_PER_MINUTE } from "./forecast.ts";
import { Grants } from "./grants.ts";
import { Guard } from "./guard.ts";
import { advantageOf1h, bestHorizon, episodeValue } from "./horizon.ts";
import {
  AT,
  adviceOf,
  contextOf,
  LEARNED_SIZE,
  playedOf,
  setAdvice,
  setContext,
  setTouchesIn1h,
  setVirtual,
  shortenPlayed,
  virtualOf,
} from "./layout.ts";
import type { MinuteUse, PlanState, Policy, PolicySettings } from "./policy.ts";
import { countSilence, type Silence, survivalOf } from "./survival.ts";
import { mostKeepAlives, type Tariff } from "./tariff.ts";
import { turnClass, UNKNOWN_TURN } from "./turn-effect.ts";
import { markWeek } from "./week.ts";

/** Without any organic use of any prefix for this long, silence stops being information. */
const INFORMED_MINUTES = 24 * 60;

/**
 * The default policy: learns how long silences last, keeps an entry warm for as long as that is expected to
 * pay, and advises the TTL that is cheaper over the life of a 1h entry. Horizons are chosen with `lambda`,
 * the TTL by money alone: a dearer write is no way to fewer cold requests when keep-alives are at hand.
 */
export class Adaptive implements Policy {
  readonly name: string;
  readonly learnedSize = LEARNED_SIZE;
  private readonly lambda: number;
  private readonly only5m: boolean;
  private readonly grants = new Grants();
  private readonly experience: Experience;
  private readonly forecast: Forecast;
  private readonly guard: Guard;
  private readonly curve = new Float64Array(BINS + 1);
  private readonly firstAdvice: FirstAdvice;
  /** Minutes of the first and the last use of any prefix. */
  private firstInformation = Number.MAX_SAFE_INTEGER;
  private lastInformation = 0;

  constructor(settings: PolicySettings = {}) {
    this.lambda = settings.lambda ?? 0.5;
    this.only5m = settings.only5m ?? false;
    this.experience = new Experience(settings.closedDays ?? []);
    this.forecast = new Forecast(this.experience);
    this.name = this.only5m ? "adaptive-5m" : "adaptive";
    this.guard = new Guard(this.only5m);
    this.firstAdvice = new FirstAdvice(this.experience.fleet, this.lambda);
  }

  firstTtl(tariff: Tariff): Ttl {
    return this.led(0, this.adviceForUnknown(tariff));
  }

  use(state: PlanState, use: MinuteUse): void {
    const { learned, tariff } = state;
    const sized = { tokens: use.tokens, tariff };
    const first = state.requests === 0;
    let gap: number | undefined;
    if (first) {
      const ttl = this.played(this.adviceForUnknown(tariff));
      this.guard.firstUse(sized, ttl, use.minute);
      setVirtual(learned, { ttl, touches: 0 });
    } else {
      gap = (use.minute - state.lastUse) * 60;
      this.endSilence(state, use, gap);
    }
    if (use.requests > 1) {
      gap = 0;
      // They followed the minute's first request: for a new prefix, silences of its first size class.
      const before = first ? gapClass(undefined) : contextOf(learned).gap;
      setContext(learned, { gap: before, turn: UNKNOWN_TURN });
      countSilence(state, 0, 0.5, true, Math.min(MOST_PER_MINUTE, use.requests - 1), this.experience);
      this.guard.reads(sized, use.requests - 1);
    }
    setContext(learned, { gap: gapClass(gap), turn: turnClass(use.turns) });
    learned[AT.counted] = 0;
    markWeek(learned, first ? use.minute : state.lastUse, use.minute);
    this.firstInformation = Math.min(this.firstInformation, use.minute);
    this.lastInformation = Math.max(this.lastInformation, use.minute);
    this.decide(state, use, state.requests + use.requests);
  }

  idle(state: PlanState, minute: number): void {
    const { learned } = state;
    const age = (minute - state.lastUse) * 60;
    const from = learned[AT.counted] as number;
    let bin = from;
    for (; bin < BINS && (EDGE[bin + 1] as number) <= age; bin++) {
      countSilence(state, bin, 1, false, 1, this.experience);
    }
    if (bin === from) return;
    learned[AT.counted] = bin;
    this.guard.silence(state, EDGE[from] as number, EDGE[bin] as number, playedOf(learned));
    if ((EDGE[bin] as number) >= HOUR) this.adviseAgain(state, minute, EDGE[bin] as number);
  }

  reviewAfter(state: PlanState, minute: number): number | undefined {
    const bin = state.learned[AT.counted] as number;
    if (bin >= BINS || state.requests === 0) return undefined;
    const age = Math.max(EDGE[bin + 1] as number, (minute - state.lastUse) * 60 + 1);
    const next = nextReview(age);
    return next === undefined ? undefined : Math.max(minute + 1, state.lastUse + Math.ceil(next / 60));
  }

  /**
   * Since the use the other prefixes have gone on teaching, most of all whether the fleet is quiet: the rest of the silence
   * is judged anew, for the players on paper too. Horizons only shrink: longer ones were tried and did not pay.
   */
  stillPays(state: PlanState): boolean {
    const { learned, live, tariff, requests, touchesSent } = state;
    this.curveOf(state, { since: state.lastUse, requests, ...contextOf(learned) });
    const { touches } = bestHorizon(this.curve, live, tariff, this.lambda, touchesSent);
    shortenPlayed(learned, live, touches);
    return touches > touchesSent;
  }

  /** What was spent on this silence may pass the price of a write only while others are seen in use. */
  mayTouch(state: PlanState, minute: number): boolean {
    if (state.touchesSent < mostKeepAlives(state.tariff, state.live)) return true;
    return this.lastInformation > state.lastUse && minute - this.lastInformation <= INFORMED_MINUTES;
  }

  chanceOfUse(state: PlanState, fromMinute: number, toMinute: number): number {
    return this.forecast.chanceOfUse(state, fromMinute, toMinute);
  }

  chanceInMinute(state: PlanState, minute: number): number {
    return this.forecast.chanceInMinute(state, minute, this.firstInformation);
  }

  requestsWhenUsed(state: PlanState): number {
    return this.forecast.requestsWhenUsed(state);
  }

  granted(advised: Ttl, granted: Ttl): void {
    if (!this.only5m) this.grants.count(advised, granted);
  }

  commit(minute: number): void {
    this.experience.commit(minute);
    this.guard.commit(minute);
    this.firstAdvice.forget();
    if (this.grants.commit()) this.guard.restrict(this.grants.inVain);
  }

  encodeFleet(): Uint8Array {
    return encodeFleet(this.experience.tables(), [
      this.firstInformation,
      this.lastInformation,
      ...this.experience.pulse.numbers(),
      ...this.grants.numbers(),
      ...this.guard.numbers(),
    ]);
  }

  decodeFleet(bytes: Uint8Array): void {
    const [firstInformation = 0, lastInformation = 0, ...rest] = decodeFleet(bytes, this.experience.tables());
    this.firstInformation = firstInformation;
    this.lastInformation = lastInformation;
    const guard = this.grants.restore(this.experience.pulse.restore(rest));
    this.guard.restrict(this.only5m || this.grants.inVain);
    this.guard.restore(guard);
    this.experience.restored();
    this.firstAdvice.forget();
  }

  private curveOf(state: PlanState, silence: Silence): void {
    survivalOf(this.curve, state, silence, this.experience);
  }

  private endSilence(state: PlanState, use: MinuteUse, gap: number): void {
    const { learned, tariff } = state;
    const bin = learned[AT.counted] as number;
    const from = EDGE[bin] as number;
    if (bin < BINS) {
      const share = Math.min(1, Math.max(0, (gap - from) / ((EDGE[bin + 1] as number) - from)));
      countSilence(state, bin, share, true, 1, this.experience);
    }
    const played = playedOf(learned);
    this.guard.silence(state, from, gap, played);
    const ttl = this.played(adviceOf(learned));
    if (this.guard.use({ tokens: use.tokens, tariff }, gap, played, ttl)) {
      setVirtual(learned, { ttl, touches: 0 });
    }
  }

  private decide(state: PlanState, { minute: since, tokens }: MinuteUse, requests: number): void {
    const { learned, tariff } = state;
    let advice: Ttl = "5m";
    if (!this.only5m) {
      this.curveOf(state, { since, requests, gap: undefined, turn: UNKNOWN_TURN });
      advice = pays(episodeValue(advantageOf1h(this.curve, tariff, this.lambda), EPISODE), tariff);
    }
    setAdvice(learned, advice);
    this.curveOf(state, { since, requests, ...contextOf(learned) });
    const virtual = virtualOf(learned).ttl;
    const own = this.horizonOf(state, virtual);
    setVirtual(learned, { ttl: virtual, touches: own });
    if (!this.only5m) setTouchesIn1h(learned, virtual === "1h" ? own : this.horizonOf(state, "1h"));
    state.advice = this.led(tokens, advice);
    const leader = this.guard.leader(tokens);
    const followed = leader?.ttl === state.live ? leader.touches : undefined;
    state.touchesLeft = followed ?? (virtual === state.live ? own : this.horizonOf(state, state.live));
  }

  /** Keep-alives for an entry with this TTL, on the present curve. */
  private horizonOf({ tariff }: PlanState, ttl: Ttl): number {
    return bestHorizon(this.curve, ttl, tariff, this.lambda).touches;
  }

  /** A silence has grown long: the next write opens another kind of day than the last one did. */
  private adviseAgain(state: PlanState, minute: number, age: number): void {
    if (this.only5m) return;
    const { requests, learned, tariff } = state;
    this.curveOf(state, { since: minute, requests, gap: undefined, turn: UNKNOWN_TURN });
    const later = advantageOf1h(this.curve, tariff, this.lambda);
    this.curveOf(state, { since: minute, requests, gap: gapClass(age), turn: UNKNOWN_TURN });
    const next = advantageOf1h(this.curve, tariff, this.lambda);
    const advice = pays(next.perSilence + (1 - next.miss) * episodeValue(later, EPISODE), tariff);
    setAdvice(learned, advice);
    state.advice = this.led(state.tokens, advice);
  }

  private adviceForUnknown(tariff: Tariff): Ttl {
    return this.only5m ? "5m" : this.firstAdvice.ttl(tariff);
  }

  /** The TTL that the model plays with on paper: advice that nobody takes is none. */
  private played(advice: Ttl): Ttl {
    return this.grants.inVain ? "5m" : advice;
  }

  /** What is advised. Advice in vain goes on, so that it is seen when somebody begins to take it. */
  private led(tokens: number, advice: Ttl): Ttl {
    return this.grants.inVain ? advice : (this.guard.leader(tokens)?.ttl ?? advice);
  }
}
