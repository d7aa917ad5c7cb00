import type { WarmerConfig } from "../core/config.ts";
import { type Control, newControl } from "../core/control.ts";
import { type Ledger, windowsAt } from "../core/ledger.ts";
import { SHARE_STEPS } from "../core/partitions.ts";
import { followShare, usableBeside } from "../core/window-limits.ts";
import { Refused } from "./errors.ts";
import type { ControlStore } from "./ports.ts";

/** A ledger that spends, or spent, of the warmer's limits. */
interface SharedLedger {
  readonly control: Pick<ControlStore, "read">;
  /** Its share of them, in thousandths; 0 of one that spends no more. */
  readonly share: number;
}

/** The control item of a partition; without a name, that of the warmer without partitions. */
export type ControlOf = (partition?: string) => ControlStore;

/** Names of partitions whose ledgers are looked at: five are of now, the others were removed. */
const NAMES_KEPT = 32;

/**
 * What ledgers of new partitions begin with, beside all that are there or were: the control item of the warmer without
 * partitions keeps their names, and is left no share of the limits, so that a warmer which becomes whole again spends
 * nothing before a new window begins.
 *
 * @param partitions all that are configured, with their shares in thousandths
 * @param guardrails of the whole warmer
 * @returns the ledger of a partition with that share
 * @throws Refused while a run is at work that still spends by a larger share
 * @throws StateUnreadable if a ledger cannot be read: what it spent is then unknown
 */
export async function beginPartitions(
  controlOf: ControlOf,
  partitions: ReadonlyMap<string, number>,
  guardrails: WarmerConfig["guardrails"],
  now: number,
  runId: string,
): Promise<(empty: Ledger, share: number) => Ledger> {
  const whole = controlOf();
  const held = await whole.read();
  const { partitions: known = [], ...control } = held?.control ?? newControl(now);
  const removed = known.filter((name) => !partitions.has(name));
  const names = [...removed, ...partitions.keys()].slice(-NAMES_KEPT);
  const ledgers = names.map((name) => ({ control: controlOf(name), share: partitions.get(name) ?? 0 }));
  const begin = await beginningBeside([...ledgers, { control: whole, share: 0 }], guardrails, now);
  if (control.ledger.share !== 0 || names.some((name) => !known.includes(name))) {
    const next = { ...control, partitions: names, ledger: { ...control.ledger, share: 0 } };
    if (!(await whole.write(next, held?.revision, runId))) {
      throw new Refused("another run changed the state of the warmer without partitions. Run init again");
    }
  }
  return begin;
}

/**
 * What new ledgers of partitions begin with: of the open hour and day no more than the others leave, which may have
 * spent what is theirs no longer. Their windows are whole from the next ones on.
 */
async function beginningBeside(
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
