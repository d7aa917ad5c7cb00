import { type AlarmEvent, type Place, parseAlarmEvent } from "../core/alarm-event.ts";
import type { WarmerConfig } from "../core/config.ts";
import { limitIsMet } from "../core/guardrails.ts";
import { worst } from "../core/outcome.ts";
import { StateUnreadable } from "./errors.ts";
import { type PauseReport, pauseOnAlarm } from "./pause.ts";
import type { Clock, ControlStore } from "./ports.ts";

export interface PausablePartition {
  readonly config: WarmerConfig;
  readonly control: ControlStore;
}

/**
 * Pauses on a spend alarm. The alarm looks at the partition that used most of its share and cannot say which that is;
 * the ledgers can. Those that met a limit are paused, and the others go on; where no state explains the alarm, all are
 * paused. A drill is heard by all.
 *
 * @throws StateUnreadable if a state cannot be read or written, after the others were paused
 */
export async function pausePartitions(
  clock: Clock,
  partitions: readonly PausablePartition[],
  event: unknown,
  place: Place,
  runId: string,
): Promise<PauseReport> {
  const meant = await partitionsMeant(clock, partitions, event, place);
  const ended = await Promise.allSettled(
    meant.map(({ config, control }) => pauseOnAlarm({ clock, control }, config, event, place, runId)),
  );
  const reports = ended.map((end) => {
    if (end.status === "rejected") throw end.reason;
    return end.value;
  });
  const [first, ...others] = reports;
  if (first === undefined) throw new RangeError("a warmer has at least one partition");
  if (others.length === 0 && meant[0]?.config.partition === undefined) return first;
  return {
    outcome: worst(first.outcome, ...others.map(({ outcome }) => outcome)) as PauseReport["outcome"],
    message: reports.map(({ message }, i) => `${meant[i]?.config.partition}: ${message}`).join("; "),
  };
}

async function partitionsMeant(
  clock: Clock,
  partitions: readonly PausablePartition[],
  event: unknown,
  place: Place,
): Promise<readonly PausablePartition[]> {
  const [first] = partitions;
  if (first === undefined) return [];
  const alarm = parseAlarmEvent(event, first.config.service, first.config.environment, place);
  if (alarm.kind === "ignored") return [first];
  if (alarm.kind === "drill") return partitions;
  const explains = await Promise.all(
    partitions.map((partition) => explainsAlarm(partition, alarm, clock.now())),
  );
  return explains.includes(true) ? partitions.filter((_partition, i) => explains[i]) : partitions;
}

/** Whether this partition is what the alarm was about, as far as its state tells; an unreadable one spends nothing. */
async function explainsAlarm(
  { config, control }: PausablePartition,
  alarm: Extract<AlarmEvent, { kind: "pause" }>,
  now: number,
): Promise<boolean> {
  try {
    const held = await control.read();
    if (held === undefined) return false;
    const { paused, lastResume, ledger } = held.control;
    const wasResumed = lastResume !== undefined && alarm.at <= lastResume.at;
    return paused !== undefined || wasResumed || limitIsMet(ledger, config.guardrails, now);
  } catch (error) {
    if (error instanceof StateUnreadable) return false;
    throw error;
  }
}
