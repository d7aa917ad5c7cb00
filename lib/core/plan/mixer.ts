import { BAND, BANDS, blockOf, EDGE, HOUR } from "./bins.ts";
import { exactly, type Fleet } from "./fleet.ts";
import type { PlanState } from "./policy.ts";
import type { Pulse } from "./pulse.ts";
import { daysUsed, wasUsed } from "./week.ts";

const FEATURES = 6;
/** Where the fleet's pulse is among them. */
const PULSE = 5;
/** Before this age nothing but the life table speaks: no decision falls there. */
const FIRST_BIN = EDGE.indexOf(300);
const STEP = 0.1;
const START = 5;
const LARGEST_WEIGHT = 1.5;
const LARGEST_FEATURE = 2;
const LARGEST_FACTOR = 3;

/** Hours' worth of doubt about a prefix's mean pace, its pace at an hour of the day, and of the last day. */
const MEAN_DOUBT = 12;
const HOUR_DOUBT = 2;
const DAY_DOUBT = 6;

/** ln of the hazard per hour that belongs to a probability per hour. */
function logRate(probability: number): number {
  return Math.log(-Math.log(1 - Math.min(0.995, Math.max(1e-5, probability))));
}

function clip(value: number, most: number): number {
  return Math.max(-most, Math.min(most, value));
}

/**
 * Corrects the life table's hazard by what the prefix's own last week, the fleet's week and its last hours say. The factor
 * is exp(weights · features), and the weights, one set per band of ages, are learned from all prefixes by
 * gradient steps on the likelihood of each bin's outcome. They start at zero: as long as nothing has shown
 * that the hour of the day matters, or the pulse, it does not.
 */
export class Mixer {
  private readonly weights = new Float32Array(BANDS * FEATURES);
  private readonly squares = new Float32Array(BANDS * FEATURES);
  private readonly gradient = new Float64Array(BANDS * FEATURES);
  private readonly features = new Float64Array(FEATURES);
  private readonly fleet: Fleet;
  private readonly pulse: Pulse;
  private profiled: PlanState | undefined;
  private profiledAt = -1;
  private readonly byHour = new Float64Array(24);
  private readonly days = new Uint8Array(24);
  /** What `byHour` is for twice the uses of an hour and its neighbours' beside it: at most 7 days each. */
  private readonly byUses = new Float64Array(4 * 7 + 1);
  private mean = 0;
  private lastDay = 0;
  private trust = 0;

  constructor(fleet: Fleet, pulse: Pulse) {
    this.fleet = fleet;
    this.pulse = pulse;
  }

  /** Factor for a silence of `state` that began in minute `since` and has the table's hazard in `bin`. */
  factor(state: PlanState, since: number, bin: number, hazard: number): number {
    if (bin < FIRST_BIN) return 1;
    this.profile(state, since);
    const from = EDGE[bin] as number;
    const to = EDGE[bin + 1] as number;
    const middle = since + (from + to) / 120;
    const perHour = Math.log(Math.max(1e-9, (hazard * HOUR) / (to - from)));
    const f = this.features;
    f[0] = 1;
    f[1] = this.trust * clip(this.mean - perHour, LARGEST_FEATURE);
    f[2] = this.byHour[Math.floor(middle / 60) % 24] as number;
    f[3] = this.lastDay;
    f[4] = from >= HOUR ? (this.fleet.blocks[blockOf(middle)] as number) : 0;
    f[PULSE] = this.pulse.value;
    const at = (BAND[bin] as number) * FEATURES;
    let sum = 0;
    for (let i = 0; i < FEATURES; i++) sum += (this.weights[at + i] as number) * (f[i] as number);
    return Math.exp(clip(sum, LARGEST_FACTOR));
  }

  /** `factor` was just asked for this bin; `expected` uses were predicted for the time lived in it. */
  learn(bin: number, expected: number, ended: boolean): void {
    if (bin < FIRST_BIN) return;
    const at = (BAND[bin] as number) * FEATURES;
    if ((EDGE[bin] as number) >= HOUR) {
      const byPulse = Math.exp((this.weights[at + PULSE] as number) * (this.features[PULSE] as number));
      this.pulse.count(expected / byPulse, ended);
    }
    const error = clip((ended ? 1 : 0) - expected, LARGEST_FACTOR);
    for (let i = 0; i < FEATURES; i++) {
      this.gradient[at + i] =
        (this.gradient[at + i] as number) + exactly(error * (this.features[i] as number));
    }
  }

  commit(): void {
    for (let i = 0; i < this.weights.length; i++) {
      const g = this.gradient[i] as number;
      if (g === 0) continue;
      const squares = (this.squares[i] as number) + g * g;
      this.squares[i] = squares;
      const step = (STEP * g) / Math.sqrt(START + squares);
      this.weights[i] = clip((this.weights[i] as number) + step, LARGEST_WEIGHT);
      this.gradient[i] = 0;
    }
  }

  /** What is remembered, for the store; between ticks. */
  tables(): readonly Float32Array[] {
    return [this.weights, this.squares];
  }

  /** Reads the prefix's week as it stood when its silence began. */
  private profile(state: PlanState, since: number): void {
    if (this.profiled === state && this.profiledAt === since) return;
    this.profiled = state;
    this.profiledAt = since;
    const hour = Math.floor(since / 60);
    const seen = Math.min(168, Math.max(1, hour - Math.floor(state.born / 60) + 1));
    const { days } = this;
    let total = 0;
    let day = 0;
    for (let i = 0; i < 24; i++) {
      const used = daysUsed(state.learned, i);
      days[i] = used;
      total += used;
      if (hour >= i && wasUsed(state.learned, hour - i)) day++;
    }
    const pace = (total + 0.5) / (seen + 1);
    this.mean = logRate(pace);
    this.trust = seen / (seen + MEAN_DOUBT);
    const lastDay = (day + DAY_DOUBT * pace) / (Math.min(24, seen) + DAY_DOUBT);
    this.lastDay = clip(logRate(lastDay) - this.mean, LARGEST_FEATURE);
    // Most hours share their number of uses with others, and logarithms are what this costs.
    this.byUses.fill(Number.NaN);
    for (let i = 0; i < 24; i++) {
      const beside = (days[(i + 1) % 24] as number) + (days[(i + 23) % 24] as number);
      const twice = 2 * (days[i] as number) + beside;
      let value = this.byUses[twice] as number;
      if (Number.isNaN(value)) {
        const rate = (twice / 2 + HOUR_DOUBT * pace) / (seen / 12 + HOUR_DOUBT);
        value = clip(logRate(rate) - this.mean, LARGEST_FEATURE);
        this.byUses[twice] = value;
      }
      this.byHour[i] = value;
    }
  }
}
