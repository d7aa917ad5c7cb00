import type { GatePorts } from "./gates.ts";
import type { ControlStore, LiveColorHistory, Metrics, PlanStore, Provider } from "./ports.ts";

/** What one run of the warm function works with. */
export interface WarmPorts extends GatePorts {
  readonly plan: PlanStore;
  readonly liveColor: LiveColorHistory;
  readonly control: ControlStore;
  readonly provider: Provider;
  readonly metrics: Metrics;
}
