import type { Metrics } from "../../../lib/app/ports.ts";
import type { MetricName, MetricPoint } from "../../../lib/core/metrics.ts";

/** Keeps what was published. */
export class MemoryMetrics implements Metrics {
  readonly #now: () => number;
  readonly points: (MetricPoint & { readonly at: number })[] = [];

  constructor(now: () => number) {
    this.#now = now;
  }

  async publish(points: readonly MetricPoint[]): Promise<void> {
    for (const point of points) this.points.push({ ...point, at: this.#now() });
  }

  /** Values of one metric in the order of their publication. */
  values(name: MetricName): number[] {
    return this.points.filter((point) => point.name === name).map(({ value }) => value);
  }
}
