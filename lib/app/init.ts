import type { WarmerConfig } from "../core/config.ts";
import { type Control, newControl } from "../core/control.ts";
import { type Ledger, windowsAt } from "../core/ledger.ts";
import { SHARE_STEPS } from "../core/partitions.ts";
import { followShare, usableBeside } from "../core/window-limits.ts";
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
  const created =
    held === undefined &&
    (await ports.control.write({ ...control, ledger: begin(control.ledger) }, undefined, runId));
  const liveColor = await ports.liveColor.create(color);
  return { liveColor: liveColor ? "created" : "kept", control: created ? "created" : "kept" };
}

/** A ledger that spends, or spent, of the warmer's limits. */
export interface SharedLedger {
  readonly control: Pick<ControlStore, "read">;
  /** Its share of them, in thousandths; 0 of a warmer that has partitions by now, and spends no more. */
  readonly share: number;
}

/**
 * What new ledgers of partitions begin with: of the open hour and day no more than the others leave, which may have
 * spent what is theirs no longer. Their windows are whole from the next ones on.
 *
 * @param guardrails of the whole warmer
 * @returns the ledger of a partition with that share of the limits, in thousandths
 * @throws Refused while a run is at work that still spends by a larger share
 * @throws StateUnreadable if a ledger cannot be read: what it spent is then unknown
 */
export async function beginningBeside(
  ledgers: readonly SharedLedger[],
  guardrails: WarmerConfig["guardrails"],
  now: number,
): Promise<(empty: Ledger, share: number) => Ledger> {
  const read = await Promise.all(
    ledgers.map(async ({ control, share }) => ({ share, held: await control.read() })),
  );
  for (const { share, held } of read) refuseBeforeItsEnd(held?.control, share, now);
  const share = read.reduce((sum, one) => sum + (one.held === undefined ? one.share : 0), 0);
  const usable = (window: "hour" | "day", limit: number) => {
    const spent = read.flatMap((one) =>
      one.held === undefined
        ? []
        : [{ share: one.share, spent: windowsAt(one.held.control.ledger, now)[window].spent }],
    );
    return usableBeside(limit, spent, share);
  };
  const { hourly, daily, absoluteMax, actionOnLimit } = guardrails;
  const hour = usable("hour", hourly);
  // Of the day, the limit that stops: others may rightly have passed one that only tells.
  const day = usable("day", actionOnLimit === "pause_warmer" ? daily : absoluteMax);
  return (empty, ofIt) => ({
    ...followShare(empty, ofIt, now),
    hour: { ...empty.hour, usable: hour },
    day: { ...empty.day, usable: day },
  });
}

/** What a run of a function that was replaced spends after the look at its ledger would be counted by nobody. */
function refuseBeforeItsEnd(control: Control | undefined, share: number, now: number): void {
  const { lease, ledger } = control ?? {};
  if (lease === undefined || lease.until <= now || (ledger?.share ?? SHARE_STEPS) <= share) return;
  throw new Refused(
    `a run from before this deployment may be at work until ${new Date(lease.until).toISOString()}, with a larger share of the limits. Run init again after it`,
  );
}
