import { ALARMS, type AlarmName } from "../../lib/core/alarms.ts";
import { MINUTE } from "../support/memory/world.ts";
import type { Day } from "./day.ts";

/** What points and alarms take to be seen. One alarm that gives way to another may leave a gap of as much. */
const SEEN_AFTER = 2 * MINUTE;

/**
 * The same within so long after a live color that stood for nothing: whoever mends it may find the next fault, and
 * NotWarm has no points from before.
 */
const RESOLVED_AFTER = ALARMS.NotWarm.datapoints * MINUTE + SEEN_AFTER;

/** No warmth is heard of after ten minutes, and what that takes to be seen. */
const HEARD_AFTER = 10 * MINUTE + SEEN_AFTER;

/** The alarms that tell of missing warmth. A deliberate pause has its own and is no part of I7. */
const TELLING: readonly AlarmName[] = [
  "WarmerSilent",
  "PrefixOverdue",
  "TargetUnresolved",
  "NotWarm",
  "FlipUnproven",
  "StateUnreadable",
  "WarmErrors",
  "MonitorErrors",
];

/** Holds what the alarms tell against the truth about warmth (I7). */
export class Liveness {
  #toldAt = Number.NEGATIVE_INFINITY;
  /** When the live color stood for nothing last. */
  #unresolvedAt = Number.NEGATIVE_INFINITY;

  /** Judged whenever the alarms were. */
  judge(day: Day): void {
    const { now, watcher, releases, alarms } = day;
    const isTelling = TELLING.some((alarm) => {
      const state = alarms.state(alarm);
      return state === "ALARM" || (alarm === "WarmerSilent" && state === "INSUFFICIENT_DATA");
    });
    if (isTelling) this.#toldAt = now;
    const live = releases.live();
    if (live === undefined) this.#unresolvedAt = now;
    const coldSince = watcher.truth.look(live?.required, isExcused(day), now);
    const isUnheard = coldSince !== undefined && now - coldSince > HEARD_AFTER;
    // While CloudWatch shows nothing, an alarm that told goes back to OK, and silence takes its time to be heard.
    const isBlind = now <= alarms.heldUntil + SEEN_AFTER;
    // While it stands for nothing, TargetUnresolved itself must tell.
    const isResolved = live !== undefined && now - this.#unresolvedAt <= RESOLVED_AFTER;
    const gap = isBlind ? HEARD_AFTER : isResolved ? RESOLVED_AFTER : SEEN_AFTER;
    if (isUnheard && now - this.#toldAt > gap)
      day.broke({ invariant: "I7", what: "nothing was warm for ten minutes, and no alarm told" });
  }
}

/** Whether nobody can expect warmth: it is held back, or SSM hides the live color from everybody who asks. */
function isExcused({ control, weather, watcher, world }: Day): boolean {
  const { paused, throttled, prefixes = {} } = control;
  if (paused !== undefined || throttled !== undefined) return true;
  if (Object.values(prefixes).some((own) => own.paused !== undefined)) return true;
  const newest = world.liveColor.versions.at(-1);
  return weather.get("staleColor") === true && newest !== undefined && newest.modifiedAt > watcher.shownAt;
}
