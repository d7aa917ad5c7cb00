import { BINS } from "./bins.ts";
import type { Experience } from "./experience.ts";
import { contextOf } from "./layout.ts";
import type { PlanState } from "./policy.ts";
import { hazardBetween, survivalOf } from "./survival.ts";
import { UNKNOWN_TURN } from "./turn-effect.ts";
import { usesPerHour } from "./week.ts";

/** Equal uses within one minute count as at most so many. */
export const MOST_PER_MINUTE = 50;
/** A prefix used so lately is taken to be in the midst of being used. */
const IN_USE_MINUTES = 6;

/** How likely prefixes are to be used, by what was learned of them. */
export class Forecast {
  private readonly experience: Experience;
  private readonly curve = new Float64Array(BINS + 1);

  constructor(experience: Experience) {
    this.experience = experience;
  }

  /** Between two minutes of the present silence, in [0, 1]. */
  chanceOfUse(state: PlanState, fromMinute: number, toMinute: number): number {
    if (state.requests === 0) return 0;
    const { lastUse: since, requests, learned } = state;
    survivalOf(this.curve, state, { since, requests, ...contextOf(learned) }, this.experience);
    const [from, to] = [(fromMinute - since) * 60, (toMinute - since) * 60];
    return 1 - Math.exp(-hazardBetween(this.curve, from, to));
  }

  /**
   * In the given minute, in [0, 1]: of what is in use just now its silence alone speaks, of the rest the same hours of
   * the days before.
   *
   * @param informed minute of the first use of any prefix
   */
  chanceInMinute(state: PlanState, minute: number, informed: number): number {
    if (state.requests === 0) return 0;
    if (minute - state.lastUse <= IN_USE_MINUTES) return this.chanceOfUse(state, minute, minute + 1);
    const hour = Math.floor(minute / 60);
    // What is seen for the first time was idle before: hours count since anything was seen.
    const seen = Math.min(168, hour - Math.floor(Math.min(informed, state.born) / 60) + 1);
    const perHour = usesPerHour(state.learned, hour, Math.max(1, seen));
    return 1 - Math.exp((-perHour / 60) * this.experience.calendar.use(minute, minute + 1));
  }

  /** Requests in a minute in which there is one, on average. */
  requestsWhenUsed(state: PlanState): number {
    const { lastUse: since, requests } = state;
    survivalOf(this.curve, state, { since, requests, gap: 0, turn: UNKNOWN_TURN }, this.experience);
    return Math.min(MOST_PER_MINUTE, Math.exp(this.curve[1] as number));
  }
}
