import type { WarmPorts } from "../../lib/app/warm-cycle.ts";
import type { Worker } from "../support/memory/scheduler.ts";
import { MemoryWorld } from "../support/memory/world.ts";

/** Stands between a use case and its ports. */
export type Seam = (ports: WarmPorts, runId: string, worker: Worker) => WarmPorts;

/** The world in memory with a seam at which faults, observers and planted bugs are put in. */
export class SimulatedWorld extends MemoryWorld {
  seam: Seam = (ports) => ports;

  override ports(worker: Worker, runId = "operator"): WarmPorts {
    return this.seam(super.ports(worker, runId), runId, worker);
  }
}
