import { METRICS, type MetricDefinition, type MetricName, type MetricPoint } from "./metrics.ts";

/** What one partition's state came to in a minute. */
export interface PartitionPoints {
  readonly points: readonly MetricPoint[];
  /** Whether all of it could be read; what is missing otherwise is unknown, not zero. */
  readonly complete: boolean;
}

/**
 * One point for each metric of several partitions, as the metric table says. The worst of what is known stands, even
 * while a partition is unreadable; a sum without one of its parts would be a wrong figure and is left out.
 */
export function pointsOfAll(partitions: readonly PartitionPoints[]): MetricPoint[] {
  const isComplete = partitions.every(({ complete }) => complete);
  const values = new Map<MetricName, number[]>();
  for (const { name, value } of partitions.flatMap(({ points }) => points)) {
    values.set(name, [...(values.get(name) ?? []), value]);
  }
  return [...values].flatMap(([name, known]) => {
    const { ofPartitions }: MetricDefinition = METRICS[name];
    switch (ofPartitions) {
      case "sum":
        return isComplete ? [{ name, value: known.reduce((sum, value) => sum + value, 0) }] : [];
      case "smallest":
        return [{ name, value: Math.min(...known) }];
      default:
        return [{ name, value: Math.max(...known) }];
    }
  });
}
