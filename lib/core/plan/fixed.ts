import type { Ttl } from "../due.ts";
import { ENDLESS, type PlanState, type Policy } from "./policy.ts";

const nothing = () => {};

/** After each use at most `touches` keep-alives, writes with `ttl`: no learning at all. */
export function fixedHorizon(name: string, ttl: Ttl, touches: number): Policy {
  return {
    name,
    learnedSize: 0,
    firstTtl: () => ttl,
    use(state: PlanState) {
      state.advice = ttl;
      state.touchesLeft = Math.min(touches, ENDLESS);
    },
    idle: nothing,
    reviewAfter: () => undefined,
  };
}

/** Touches every known prefix in each minute for which `hits` holds, warm or not, used or not. */
export function onTheClock(name: string, ttl: Ttl, hits: (minute: number) => boolean): Policy {
  return {
    name,
    learnedSize: 0,
    firstTtl: () => ttl,
    use(state: PlanState) {
      state.advice = ttl;
      state.touchesLeft = 0;
    },
    idle: nothing,
    reviewAfter(_state, minute) {
      let at = minute + 1;
      while (!hits(at)) at++;
      return at;
    },
    clock: hits,
  };
}

/** Every `interval` minutes, the way most warmers are built. */
export function cron(interval: number, ttl: Ttl = "5m"): Policy {
  return onTheClock(`cron(${interval}m)`, ttl, (minute) => minute % interval === 0);
}

/** A cron of `interval` minutes on weekdays from 08:00 to 18:00 UTC. */
export function businessHours(interval = 4): Policy {
  return onTheClock("business-hours", "5m", (minute) => {
    const hour = Math.floor(minute / 60) % 24;
    // Day 0, 1970-01-01, was a Thursday; Monday is 0 here.
    const weekday = (Math.floor(minute / 1440) + 3) % 7;
    return minute % interval === 0 && weekday < 5 && hour >= 8 && hour < 18;
  });
}
