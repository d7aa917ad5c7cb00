/**
 * Metric data as CloudWatch keeps it at standard resolution: one set of statistics per series and minute, whatever
 * the number of samples. What alarms no longer need is forgotten by `prune`.
 */

/** What tells series apart: namespace, name and the exact set of dimensions. There is no roll-up over dimensions. */
export interface MetricSeries {
  readonly namespace: string;
  readonly metric: string;
  readonly dimensions: Readonly<Record<string, string>>;
}

/** As PutMetricData's StatisticValues, for the samples of one minute or of any longer window. */
export interface StatisticValues {
  readonly sampleCount: number;
  readonly sum: number;
  readonly minimum: number;
  readonly maximum: number;
}

/** A value seen `count` times (once by default), or the statistics of several samples. */
export type MetricSample = MetricSeries & {
  /** Milliseconds since the epoch. */
  readonly at: number;
} & ({ readonly value: number; readonly count?: number } | { readonly statistics: StatisticValues });

/** The statistics of one minute. */
export interface MetricMinute extends StatisticValues {
  /** Start of the minute, milliseconds since the epoch. */
  readonly at: number;
}

export interface MetricStore {
  /**
   * Takes all samples of a request, or none.
   * @throws RangeError naming the metric, the number and its value, for a number that is not finite or a count of
   *   samples that is not above 0.
   */
  put(samples: readonly MetricSample[]): void;
  /** The minutes that begin in `[from, to)` and have data, oldest first. */
  query(series: MetricSeries, from: number, to: number): MetricMinute[];
  /** Forgets the minutes that begin before the instant. */
  prune(before: number): void;
}

const MINUTE_MS = 60_000;

export function createMetricStore(): MetricStore {
  /** Minutes by series and start. */
  const stored = new Map<string, Map<number, MetricMinute>>();

  const add = (sample: MetricSample) => {
    const key = keyOf(sample);
    const minutes = stored.get(key) ?? new Map<number, MetricMinute>();
    stored.set(key, minutes);
    const at = Math.floor(sample.at / MINUTE_MS) * MINUTE_MS;
    const before = minutes.get(at);
    const added = statisticsOf(sample);
    minutes.set(at, { at, ...(before === undefined ? added : merge(before, added)) });
  };

  return {
    put: (samples) => {
      for (const sample of samples) check(sample);
      for (const sample of samples) add(sample);
    },
    query: (series, from, to) => {
      const minutes = stored.get(keyOf(series));
      if (minutes === undefined) return [];
      const found: MetricMinute[] = [];
      for (let at = Math.ceil(from / MINUTE_MS) * MINUTE_MS; at < to; at += MINUTE_MS) {
        const minute = minutes.get(at);
        if (minute !== undefined) found.push(minute);
      }
      return found;
    },
    prune: (before) => {
      for (const [key, minutes] of stored) {
        for (const at of minutes.keys()) if (at < before) minutes.delete(at);
        if (minutes.size === 0) stored.delete(key);
      }
    },
  };
}

/** The statistics of two sets of samples together. */
export function merge(a: StatisticValues, b: StatisticValues): StatisticValues {
  return {
    sampleCount: a.sampleCount + b.sampleCount,
    sum: a.sum + b.sum,
    minimum: Math.min(a.minimum, b.minimum),
    maximum: Math.max(a.maximum, b.maximum),
  };
}

// --- internal ---

function keyOf({ namespace, metric, dimensions }: MetricSeries): string {
  const pairs = Object.entries(dimensions).sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify([namespace, metric, pairs]);
}

function statisticsOf(sample: MetricSample): StatisticValues {
  if ("statistics" in sample) return sample.statistics;
  const { value, count = 1 } = sample;
  return { sampleCount: count, sum: value * count, minimum: value, maximum: value };
}

function check(sample: MetricSample): void {
  const statistics = statisticsOf(sample);
  for (const [name, number] of Object.entries({ at: sample.at, ...statistics }))
    if (!Number.isFinite(number)) throw refusal(sample, name, "must be a finite number", number);
  const { sampleCount } = statistics;
  if (sampleCount <= 0) throw refusal(sample, "sampleCount", "must be above 0", sampleCount);
}

function refusal(
  { namespace, metric }: MetricSample,
  name: string,
  rule: string,
  received: unknown,
): RangeError {
  return new RangeError(
    `${namespace} ${metric}: ${name} ${rule}, got: ${received}; nothing of the request is kept.`,
  );
}
