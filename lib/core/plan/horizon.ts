import type { Ttl } from "../due.ts";
import { deadAge, sentAge } from "./ages.ts";
import { BINS, binOf, EDGE } from "./bins.ts";
import { mostKeepAlives, type Tariff, writeShare } from "./tariff.ts";

/** What keeping an entry alive for `touches` keep-alives would cost and leave, per silence. */
export interface Horizon {
  readonly touches: number;
  /** Keep-alives that will be sent, on average. */
  readonly sent: number;
  /** Probability that the next use finds the entry gone. */
  readonly miss: number;
}

/** The first bins are a minute wide. */
const MINUTE_BINS = EDGE.indexOf(360);

/** Where the ages of interest lie among the bins: the same for every curve. */
class Ages {
  readonly bins: Uint8Array;
  readonly shares: Float64Array;

  constructor(count: number, ageOf: (touches: number) => number) {
    this.bins = new Uint8Array(count);
    this.shares = new Float64Array(count);
    for (let k = 0; k < count; k++) {
      const age = ageOf(k);
      const bin = binOf(age);
      this.bins[k] = Math.min(bin, BINS - 1);
      const from = EDGE[Math.min(bin, BINS - 1)] as number;
      const to = EDGE[Math.min(bin, BINS - 1) + 1] as number;
      this.shares[k] = Math.min(1, (age - from) / (to - from));
    }
  }

  survival(curve: Float64Array, k: number): number {
    const bin = this.bins[k] as number;
    const share = this.shares[k] as number;
    const from = curve[bin] as number;
    const to = curve[bin + 1] as number;
    // Inside a minute nothing is known: a use that is sure to come in it comes before its middle half the time.
    return bin < MINUTE_BINS
      ? (1 - share) * Math.exp(-from) + share * Math.exp(-to)
      : Math.exp(-(from + share * (to - from)));
  }
}

const LONGEST = 72;
const SENT: Readonly<Record<Ttl, Ages>> = {
  "5m": new Ages(LONGEST, (touches) => sentAge(Math.max(1, touches), "5m")),
  "1h": new Ages(LONGEST, (touches) => sentAge(Math.max(1, touches), "1h")),
};
const DEAD: Readonly<Record<Ttl, Ages>> = {
  "5m": new Ages(LONGEST, (touches) => deadAge(touches, "5m")),
  "1h": new Ages(LONGEST, (touches) => deadAge(touches, "1h")),
};

/**
 * A horizon is bounded by what a cold request is worth with at least this lambda. Chosen on money: at lambda 0 a bound that
 * fell with it cost 0.5 % more on the development traces, 0.2 % on generated ones. Five hourly keep-alives fewer for all, as
 * it came to, cost 0.8 and 0.4 % at lambda 0.5; six more cost 0.2 and 0.1 %.
 */
const BOUND_LAMBDA = 0.5;

/**
 * The number of keep-alives with the least expected cost on a survival curve (cumulative hazard at each
 * edge). Never more than a cold request is worth: a curve is least certain where it has to speak for
 * longest, and without this bound a fleet-wide holiday is paid for hour by hour. That doubt is no smaller for one who
 * counts money alone, and so the bound does not fall with a small lambda.
 *
 * @param sentBefore keep-alives sent in this silence: fewer are no choice any more, and what is sent counts from here.
 * That the silence came so far makes all that is left likelier by the same factor, which changes no comparison
 */
export function bestHorizon(
  curve: Float64Array,
  ttl: Ttl,
  tariff: Tariff,
  lambda: number,
  sentBefore = 0,
): Horizon {
  const most = Math.min(LONGEST - 1, mostKeepAlives(tariff, ttl, Math.max(lambda, BOUND_LAMBDA)));
  const missPrice = writeShare(tariff, ttl) - tariff.read + lambda;
  let sent = 0;
  let least = Number.POSITIVE_INFINITY;
  let best: Horizon = { touches: sentBefore, sent: 0, miss: 1 };
  // No horizon leaves less to miss than the longest: once that alone is too dear with what was sent, no later one is best.
  const surelyMissed = missPrice * DEAD[ttl].survival(curve, most);
  for (let touches = sentBefore; touches <= most; touches++) {
    if (touches > sentBefore) sent += SENT[ttl].survival(curve, touches);
    if (tariff.read * sent + surelyMissed >= least) break;
    const miss = DEAD[ttl].survival(curve, touches);
    const cost = tariff.read * sent + missPrice * miss;
    if (cost < least) {
      least = cost;
      best = { touches, sent, miss };
    }
  }
  return best;
}

/** What a 1h entry saves over a 5m one per silence, and how likely a silence outlives it. */
export interface Advantage {
  readonly perSilence: number;
  readonly miss: number;
}

export function advantageOf1h(curve: Float64Array, tariff: Tariff, lambda: number): Advantage {
  const short = bestHorizon(curve, "5m", tariff, lambda);
  const long = bestHorizon(curve, "1h", tariff, lambda);
  return {
    perSilence:
      (tariff.write5m - tariff.read) * (short.miss - long.miss) - tariff.read * (long.sent - short.sent),
    miss: Math.max(1e-6, long.miss),
  };
}

/** The advantage summed over a 1h entry's life, or over its first `silences` if that is shorter. */
export function episodeValue({ perSilence, miss }: Advantage, silences: number): number {
  return (perSilence * (1 - (1 - miss) ** silences)) / miss;
}
