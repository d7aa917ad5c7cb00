import { BAND, BINS, binOf, blockOf, EDGE, HOUR } from "./bins.ts";
import type { Calendar } from "./calendar.ts";
import type { Experience } from "./experience.ts";
import { cumulative, type Fleet, sizeClass } from "./fleet.ts";
import { fromHalf, toHalf } from "./half.ts";
import { AT, type Context, contextOf } from "./layout.ts";
import type { PlanState } from "./policy.ts";

/** Own counters forget faster than the fleet's: about the last hundred silences that came this far. */
const FORGET = 0.99;
/** How many own observations the fleet's word is worth: in one bin, and for the pace of a band. */
const BIN_DOUBT = 8;
const PACE_DOUBT = 6;

/** A silence from its beginning: the minute, and the requests up to then. */
export interface Silence extends Context {
  readonly since: number;
  readonly requests: number;
}

/** Cumulative hazard of one bin for this prefix, from the fleet's, its pace in the band, its own counts. */
function ownHazard(state: PlanState, bin: number, fleet: number): number {
  const { learned } = state;
  const band = BAND[bin] as number;
  const uses = fromHalf(learned[AT.uses + band] as number);
  const expected = fromHalf(learned[AT.expected + band] as number);
  const paced = 1 - Math.exp((-fleet * (uses + PACE_DOUBT)) / (expected + PACE_DOUBT));
  const returned = fromHalf(learned[AT.returned + bin] as number);
  const entered = fromHalf(learned[AT.entered + bin] as number);
  return cumulative((returned + BIN_DOUBT * paced) / (entered + BIN_DOUBT));
}

/** How much of its usual use is expected in a bin of a silence since that minute. Within the hour sittings go on as ever. */
function usualUse(calendar: Calendar, since: number, bin: number): number {
  const from = EDGE[bin] as number;
  return from < HOUR ? 1 : calendar.use(since + from / 60, since + (EDGE[bin + 1] as number) / 60);
}

/** Fills `curve` (one more number than bins) with the cumulative hazard at each edge. */
export function survivalOf(
  curve: Float64Array,
  state: PlanState,
  silence: Silence,
  { fleet, mixer, turns, calendar }: Experience,
): void {
  const row = fleet.row(sizeClass(silence.requests), silence.gap);
  let sum = 0;
  for (let bin = 0; bin < BINS; bin++) {
    const own = ownHazard(state, bin, row[bin] as number);
    const all = own * mixer.factor(state, silence.since, bin, own);
    sum += usualUse(calendar, silence.since, bin) * turns.hazard(silence.turn, bin, all);
    curve[bin + 1] = sum;
  }
}

/** The same for a prefix of which only its size class is known. */
export function fleetSurvival(curve: Float64Array, size: number, fleet: Fleet): void {
  const row = fleet.row(size);
  for (let bin = 0; bin < BINS; bin++) curve[bin + 1] = (curve[bin] as number) + (row[bin] as number);
}

function bump(learned: Uint16Array, at: number, kept: number, by: number): void {
  learned[at] = toHalf(fromHalf(learned[at] as number) * kept + by);
}

/**
 * Counts that `state`'s silence was in `bin` for `share` of its width: a use ended it there, or not.
 * `times` above one stands for equal silences within one minute. What a closed day has a part in teaches nothing; the
 * silence of what was replaced, or of a session that has ended, says nothing of how quiet the others are.
 */
export function countSilence(
  state: PlanState,
  bin: number,
  share: number,
  ended: boolean,
  times: number,
  { fleet, mixer, turns, calendar }: Experience,
): void {
  if (usualUse(calendar, state.lastUse, bin) < 1) return;
  const { learned } = state;
  const size = sizeClass(state.requests);
  const { gap, turn } = contextOf(learned);
  const expected = fleet.row(size, gap)[bin] as number;
  const own = ownHazard(state, bin, expected);
  const from = EDGE[bin] as number;
  const mixed = own * mixer.factor(state, state.lastUse, bin, own);
  if (!state.retired) mixer.learn(bin, turns.hazard(turn, bin, mixed) * share, ended);
  turns.count(turn, bin, mixed, share, ended);
  if (from >= HOUR) {
    const middle = state.lastUse + (from + (EDGE[bin + 1] as number)) / 120;
    fleet.countBlock(blockOf(middle), ended, own * share);
  }
  fleet.count(size, gap, bin, ended, times);
  const kept = times === 1 ? FORGET : FORGET ** times;
  const band = BAND[bin] as number;
  bump(learned, AT.entered + bin, kept, times);
  bump(learned, AT.returned + bin, kept, ended ? times : 0);
  bump(learned, AT.expected + band, kept, expected * share * times);
  bump(learned, AT.uses + band, kept, ended ? times : 0);
}

/** Cumulative hazard of a silence between two of its ages, in seconds; past the last edge it falls as one over the age. */
export function hazardBetween(curve: Float64Array, from: number, to: number): number {
  return hazardUntil(curve, to) - hazardUntil(curve, Math.max(0, from));
}

function hazardUntil(curve: Float64Array, age: number): number {
  const last = EDGE[BINS] as number;
  if (age >= last) {
    const [before, end] = [curve[BINS - 1] as number, curve[BINS] as number];
    const perLog = (end - before) / Math.log(last / (EDGE[BINS - 1] as number));
    return end + perLog * Math.log(age / last);
  }
  const bin = binOf(age);
  const [low, high] = [EDGE[bin] as number, EDGE[bin + 1] as number];
  const [from, to] = [curve[bin] as number, curve[bin + 1] as number];
  return from + ((to - from) * (age - low)) / (high - low);
}
