import { type CloudWatchClient, PutMetricDataCommand } from "@aws-sdk/client-cloudwatch";
import type { Metrics } from "../app/ports.ts";
import { METRICS, type MetricPoint, NAMESPACE } from "../core/metrics.ts";

/** Publishes points with the one dimension set that every metric has. One call, however many points. */
export class CloudWatchMetrics implements Metrics {
  readonly #client: CloudWatchClient;
  readonly #dimensions: { Name: string; Value: string }[];
  readonly #onFailure: (error: unknown) => void;

  /** @param onFailure hears of a call that failed; the money is in the ledger, so the run goes on */
  constructor(
    client: CloudWatchClient,
    service: string,
    environment: string,
    onFailure: (error: unknown) => void,
  ) {
    this.#client = client;
    this.#dimensions = [
      { Name: "Service", Value: service },
      { Name: "Environment", Value: environment },
    ];
    this.#onFailure = onFailure;
  }

  async publish(points: readonly MetricPoint[]): Promise<void> {
    if (points.length === 0) return;
    try {
      await this.#client.send(
        new PutMetricDataCommand({
          Namespace: NAMESPACE,
          MetricData: points.map(({ name, value }) => ({
            MetricName: name,
            Value: value,
            Unit: METRICS[name].unit,
            Dimensions: this.#dimensions,
          })),
        }),
      );
    } catch (error) {
      this.#onFailure(error);
    }
  }
}
