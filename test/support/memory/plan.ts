import { StateUnreadable } from "../../../lib/app/errors.ts";
import type { PlanStore } from "../../../lib/app/ports.ts";
import { type DamagedPlan, type FleetPlan, parseFleetPlan } from "../../../lib/core/plan/fleet-plan.ts";

/** What the planner knows of the fleet, in memory. Copied, so that nobody shares an object with the store. */
export class MemoryPlan implements PlanStore {
  /** The stored item. A test may damage it. */
  item: unknown;
  writes = 0;
  reads = 0;
  /** Whether the table fails to answer. */
  isUnavailable = false;

  async read(): Promise<FleetPlan | DamagedPlan | undefined> {
    this.reads += 1;
    if (this.isUnavailable) throw new StateUnreadable("reading the plan: TimeoutError");
    if (this.item === undefined) return undefined;
    const plan = parseFleetPlan(structuredClone(this.item));
    return typeof plan === "string" ? { damaged: plan } : plan;
  }

  async write(plan: FleetPlan): Promise<void> {
    if (this.isUnavailable) throw new StateUnreadable("writing the plan: TimeoutError");
    this.writes += 1;
    this.item = structuredClone(plan);
  }
}
