import type { WarmerConfig } from "../core/config.ts";
import { OUTCOMES, type Outcome, worst } from "../core/outcome.ts";
import { type PartitionPoints, pointsOfAll } from "../core/partition-points.ts";
import { type MonitorPorts, type MonitorReport, monitorCycle } from "./monitor-cycle.ts";
import type { Metrics } from "./ports.ts";

/** One partition as the monitor looks at it: what it reads and whom it tells, but not where its points go. */
export interface MonitoredPartition {
  readonly config: WarmerConfig;
  readonly ports: Omit<MonitorPorts, "metrics">;
}

/** A partition's cycle, with the points that it would have published. */
interface Looked extends PartitionPoints {
  readonly outcome: Outcome;
  readonly message: string;
}

/**
 * Looks at every partition, and publishes one point for each metric. A partition that fails silences no other: its
 * notices wait, its gauges are missing, and the run ends as an error that names it.
 *
 * @throws whatever publishing throws
 */
export async function monitorPartitions(
  metrics: Metrics,
  partitions: readonly MonitoredPartition[],
  runId: string,
): Promise<MonitorReport> {
  const [only, ...others] = partitions;
  if (only !== undefined && others.length === 0 && only.config.partition === undefined) {
    return monitorCycle({ ...only.ports, metrics }, only.config, runId);
  }
  const looked = await Promise.all(partitions.map((partition) => look(partition, runId)));
  const points = pointsOfAll(looked);
  await metrics.publish(points);
  const [first = "not_initialised", ...rest] = looked.map(({ outcome }) => outcome);
  const outcome = worst(first, ...rest);
  const message = looked
    .map(({ message: text }, i) => `${partitions[i]?.config.partition}: ${text}`)
    .join("; ");
  return { outcome, healthy: OUTCOMES[outcome].healthy, message, points };
}

async function look({ ports, config }: MonitoredPartition, runId: string): Promise<Looked> {
  const collected: Looked["points"][] = [];
  const metrics: Metrics = { publish: async (points) => void collected.push(points) };
  try {
    const { outcome, message, healthy } = await monitorCycle({ ...ports, metrics }, config, runId);
    return { points: collected.flat(), complete: healthy, outcome, message };
  } catch (error) {
    const kind = error instanceof Error ? error.name : typeof error;
    // What was found before it failed is as true as ever.
    return { points: collected.flat(), complete: false, outcome: "failed", message: `an unexpected ${kind}` };
  }
}
