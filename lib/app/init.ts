import { newControl } from "../core/control.ts";
import type { Ledger } from "../core/ledger.ts";
import { SHARE_STEPS } from "../core/partitions.ts";
import { Refused } from "./errors.ts";
import type { Clock, ControlStore, LiveColorSwitch, PrefixStore } from "./ports.ts";

export interface InitReport {
  readonly liveColor: "created" | "kept";
  readonly control: "created" | "kept";
  /** What a new ledger can use of its limits until the open windows end, in thousandths; absent if it is all. */
  readonly usable?: { readonly hour: number; readonly day: number };
}

/**
 * First install, and harmless after it: creates the live-color parameter and the control item where they do
 * not exist, and overwrites neither.
 *
 * @param begin what a new ledger begins with @default - empty windows
 * @throws Refused if prefix items exist without a control item: what was spent is then unknown
 */
export async function initWarmer(
  ports: {
    readonly clock: Clock;
    readonly control: ControlStore;
    readonly prefixes: Pick<PrefixStore, "any">;
    readonly liveColor: LiveColorSwitch;
  },
  color: string,
  runId: string,
  begin: (empty: Ledger) => Ledger = (empty) => empty,
): Promise<InitReport> {
  const held = await ports.control.read();
  if (held === undefined && (await ports.prefixes.any())) {
    throw new Refused(
      "prefix items exist without a control item: the ledger was lost. Restore the table to a point before the loss (PITR), or delete the prefix items to start anew",
    );
  }
  const control = newControl(ports.clock.now());
  const ledger = begin(control.ledger);
  const created = held === undefined && (await ports.control.write({ ...control, ledger }, undefined, runId));
  const liveColor = await ports.liveColor.create(color);
  const { usable: hour = SHARE_STEPS } = ledger.hour;
  const { usable: day = SHARE_STEPS } = ledger.day;
  return {
    liveColor: liveColor ? "created" : "kept",
    control: created ? "created" : "kept",
    ...(created && Math.min(hour, day) < SHARE_STEPS && { usable: { hour, day } }),
  };
}
