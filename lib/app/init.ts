import { newControl } from "../core/control.ts";
import { Refused } from "./errors.ts";
import type { Clock, ControlStore, LiveColorSwitch, PrefixStore } from "./ports.ts";

export interface InitReport {
  readonly liveColor: "created" | "kept";
  readonly control: "created" | "kept";
}

/**
 * First install, and harmless after it: creates the live-color parameter and the control item where they do
 * not exist, and overwrites neither.
 *
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
): Promise<InitReport> {
  const held = await ports.control.read();
  if (held === undefined && (await ports.prefixes.any())) {
    throw new Refused(
      "prefix items exist without a control item: the ledger was lost. Restore the table to a point before the loss (PITR), or delete the prefix items to start anew",
    );
  }
  const created =
    held === undefined && (await ports.control.write(newControl(ports.clock.now()), undefined, runId));
  const liveColor = await ports.liveColor.create(color);
  return { liveColor: liveColor ? "created" : "kept", control: created ? "created" : "kept" };
}
