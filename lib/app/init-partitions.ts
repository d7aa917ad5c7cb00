import type { WarmerConfig } from "../core/config.ts";
import { type Control, newControl } from "../core/control.ts";
import { type Ledger, windowsAt } from "../core/ledger.ts";
import { SHARE_STEPS } from "../core/partitions.ts";
import { followShare, usableBeside } from "../core/window-limits.ts";
import { Refused } from "./errors.ts";
import type { ControlStore } from "./ports.ts";

/** The control item of a partition; without a name, that of the warmer without partitions. */
export type ControlOf = (partition?: string) => ControlStore;

/** A ledger that spends, or spent, of the warmer's limits. */
interface SharedLedger {
  readonly name: string;
  /** Its share of them by now, in thousandths; 0 of one that spends no more. */
  readonly share: number;
  /** Absent for a ledger that is about to begin. */
  readonly control: Control | undefined;
}

/** Names of partitions whose ledgers are looked at: five are of now, the others were removed. */
const NAMES_KEPT = 32;

/** A function that is still woken every minute ends a cycle at least as often. */
const AT_WORK_MS = 120_000;

/**
 * What ledgers of new partitions begin with, beside all that are there or were: the control item of the warmer without
 * partitions keeps their names, and is left no share of the limits, so that a warmer which becomes whole again spends
 * nothing before a new window begins. Where no ledger is new, nothing is written.
 *
 * @param partitions all that are configured, with their shares in thousandths
 * @param guardrails of the whole warmer
 * @returns the ledger of a partition with that share
 * @throws Refused while a function is at work that spends by a larger share: nobody would count what it spends
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
  const read = names.map(async (name): Promise<SharedLedger> => {
    const share = partitions.get(name) ?? 0;
    return { name, share, control: (await controlOf(name).read())?.control };
  });
  const ledgers = [
    ...(await Promise.all(read)),
    ...(held === undefined ? [] : [{ name: "the warmer without partitions", share: 0, control }]),
  ];
  if (ledgers.some((one) => one.control === undefined && one.share > 0)) {
    for (const ledger of ledgers) refuseWhileAtWork(ledger, now);
    const next = { ...control, partitions: names, ledger: { ...control.ledger, share: 0 } };
    if (!(await whole.write(next, held?.revision, runId)))
      throw new Refused("another run changed the state of the warmer without partitions. Run init again");
  }
  return beginningBeside(ledgers, guardrails, now);
}

/** What a function that the deployment replaces, or has just replaced, still spends, a new ledger could not know. */
function refuseWhileAtWork({ name, share, control }: SharedLedger, now: number): void {
  if (control === undefined || (control.ledger.share ?? SHARE_STEPS) <= share) return;
  const { lease, lastCycle } = control;
  const until = Math.max(lease?.until ?? 0, (lastCycle?.finishedAt ?? 0) + AT_WORK_MS);
  if (until <= now) return;
  throw new Refused(
    `${name} may still spend by a larger share of the limits. Run init again after ${new Date(until).toISOString()}`,
  );
}

/**
 * Of the open hour and day no more than the others leave, which may have spent what is theirs no longer. The windows of
 * new ledgers are whole from the next ones on.
 */
function beginningBeside(
  ledgers: readonly SharedLedger[],
  { hourly, daily, absoluteMax, actionOnLimit }: WarmerConfig["guardrails"],
  now: number,
): (empty: Ledger, share: number) => Ledger {
  const added = ledgers.filter(({ control }) => control === undefined);
  const share = added.reduce((sum, one) => sum + one.share, 0);
  const usable = (window: "hour" | "day", limit: number) => {
    const spent = ledgers.flatMap((one) =>
      one.control === undefined
        ? []
        : [{ share: one.share, spent: windowsAt(one.control.ledger, now)[window].spent }],
    );
    return usableBeside(limit, spent, share);
  };
  const hour = usable("hour", hourly);
  // Of the day, the limit that stops: others may rightly have passed one that only tells.
  const day = usable("day", actionOnLimit === "pause_warmer" ? daily : absoluteMax);
  return (empty, ofIt) => ({
    ...followShare(empty, ofIt, now),
    hour: { ...empty.hour, usable: hour },
    day: { ...empty.day, usable: day },
  });
}
