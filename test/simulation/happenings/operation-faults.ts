import { MINUTE, SECOND } from "../../support/memory/world.ts";
import { drill, initAgain, pause, resume } from "../operators.ts";
import { deliver } from "../pause-path.ts";
import { type Happening, lasting, minutes, variant } from "./happening.ts";

/** Long enough for an alarm to find nothing in its whole range. */
const SILENCE = 9 * MINUTE;

/** For how long CloudWatch shows no point: from 4 minutes up to 8. */
function heldMs(drawn: number): number {
  return Math.round(drawn * 8 * MINUTE);
}

/** Faults of metrics, alarms, people and deployments. */
export const OPERATION_FAULTS = {
  F21: lasting(
    () => "the metrics of touches are lost",
    (day) => day.weather.add("noTouchMetrics", true),
  ),
  F22: {
    says: ({ lastsMs, drawn }) =>
      drawn < 0.5
        ? `CloudWatch does not answer for ${minutes(lastsMs)}`
        : `CloudWatch shows nothing that it gets for ${minutes(heldMs(drawn))}`,
    play: async (day, { lastsMs, drawn }) => {
      if (drawn >= 0.5) {
        day.alarms.heldUntil = day.now + heldMs(drawn);
        day.effect("F22");
        return;
      }
      const end = day.weather.add("noMetrics", true);
      await day.wait(lastsMs);
      end();
    },
  },
  F23: {
    says: () => "the monitor does not run for 9 min",
    play: async (day) => {
      const end = day.weather.add("noMonitor", true);
      await day.wait(SILENCE);
      end();
    },
  },
  F24: {
    says: ({ drawn }) =>
      `a drill is asked for, and ${variant(drawn, "pause fails", "its action is lost", "its rule is lost", "both paths are lost")}`,
    play: async (day, { drawn, lastsMs }) => {
      const how = variant(drawn, "fails", "action", "rule", "both") as "fails" | "action" | "rule" | "both";
      const end = how === "fails" ? day.weather.add("pauseFails", true) : day.weather.add("lostPath", how);
      await drill(day);
      await day.wait(Math.max(lastsMs, 5 * MINUTE));
      end();
    },
  },
  F26: {
    says: () =>
      "an operator pauses, another one resumes and pauses again, and the first resumes what they saw",
    play: async (day, { drawn }) => {
      await pause(day);
      const saw = day.control.generation;
      await day.wait(Math.floor(drawn * 20 * SECOND));
      await Promise.all([resume(day).then(() => pause(day)), resume(day, { saw })]);
    },
  },
  F27: {
    says: () => "an operator resumes without an allowance, as soon as the warmer is paused",
    play: async (day, { lastsMs }) => {
      for (let waited = 0; waited < lastsMs && day.control.paused === undefined; waited += 10 * SECOND)
        await day.wait(10 * SECOND);
      await resume(day);
    },
  },
  F28: {
    says: () => "a spend alarm fires, an operator resumes, and the alarm arrives once more",
    play: async (day, { drawn }) => {
      const change = { alarm: "HourlySpend", from: "OK", to: "ALARM", at: day.now } as const;
      await deliver(day, change, "action", 2 * SECOND);
      await day.wait(Math.floor(drawn * MINUTE));
      await resume(day);
      await deliver(day, change, "rule", Math.floor(drawn * 3 * MINUTE));
    },
  },
  F37: {
    says: () => "the stack is deployed again",
    play: (day, { drawn }) => {
      const { world } = day;
      world.config = { ...world.config, concurrency: 1 + Math.floor(drawn * 8) };
      const { paused, ledger } = day.control;
      if (paused !== undefined || ledger.hour.spent > 0) day.effect("F37");
    },
  },
  F38: {
    says: () => "`warmer init` is run again, with another color",
    play: initAgain,
  },
  F42: lasting(
    () => "SNS does not acknowledge, and an operator pauses and resumes",
    (day) => {
      day.world.notifier.unacknowledged = true;
      void pause(day).then(() => resume(day));
      return () => {
        day.world.notifier.unacknowledged = false;
      };
    },
  ),
} satisfies Record<string, Happening>;
