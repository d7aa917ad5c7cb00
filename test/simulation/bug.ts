import type { MonitorReport } from "../../lib/app/monitor-cycle.ts";
import type { WarmPorts, WarmReport } from "../../lib/app/warm-cycle.ts";
import type { WarmerConfig } from "../../lib/core/config.ts";
import type { Control } from "../../lib/core/control.ts";
import type { Day } from "./day.ts";
import type { Invariant } from "./invariants.ts";

/** A fault of the warmer itself, put between a use case and its ports: to show that an invariant can fail. */
export interface Bug {
  /** What is wrong, as a sentence without its end. */
  readonly name: string;
  readonly breaks: Invariant;
  /** A seed whose story shows it, where few do: it is played first, and all others if it shows it no more. */
  readonly shownBy?: number;
  /** The configuration that the use cases are given instead. */
  readonly config?: (config: WarmerConfig) => WarmerConfig;
  readonly seam?: (ports: WarmPorts, runId: string, day: Day) => WarmPorts;
  /** Once, before the story begins. */
  readonly plant?: (day: Day) => void;
  /** What a run says of itself instead. */
  readonly report?: (report: WarmReport) => WarmReport;
  /** What a round of the monitor says of itself instead. */
  readonly measured?: (report: MonitorReport) => MonitorReport;
  /** What an operator's resume takes for the control item, that saw this generation. */
  readonly resume?: (control: Control, saw: number) => Control;
}
