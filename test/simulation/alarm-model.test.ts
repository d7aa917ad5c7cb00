import { describe, expect, it } from "vitest";
import { MINUTE, SECOND, START } from "../support/memory/world.ts";
import { AlarmModel } from "./alarm-model.ts";

/** How long after a limit was met its alarm fires, in ms, with a gauge sent every minute. */
function lagOf(seed: number, second: number): number {
  const alarms = new AlarmModel(seed);
  const met = START + 5 * MINUTE + second * SECOND;
  for (let at = START; at < met + 10 * MINUTE; at += SECOND) {
    if (at % MINUTE === 20 * SECOND) alarms.publish("HourlyLimitUsed", at >= met ? 1 : 0.5, at);
    if (at % MINUTE !== 0) continue;
    if (alarms.judge(at).some(({ alarm, to }) => alarm === "HourlySpend" && to === "ALARM")) return at - met;
  }
  throw new Error("the alarm never fired");
}

describe("the model of alarms", () => {
  it("fires one to four minutes after the cause, and not always equally late", () => {
    const lags = Array.from({ length: 60 }, (_, i) => lagOf(i, i));
    expect(Math.min(...lags)).toBeGreaterThanOrEqual(30 * SECOND);
    expect(Math.max(...lags)).toBeLessThanOrEqual(4 * MINUTE);
    expect(new Set(lags).size).toBeGreaterThan(20);
  });

  it("fires once for as long as it lasts, and again after it was over", () => {
    const alarms = new AlarmModel(1);
    const changes = Array.from({ length: 30 }, (_, minute) => {
      const at = START + minute * MINUTE;
      alarms.publish("Paused", minute % 15 < 7 ? 1 : 0, at);
      return alarms.judge(at).filter(({ alarm }) => alarm === "Paused");
    }).flat();
    expect(changes.map(({ to }) => to)).toEqual(["ALARM", "OK", "ALARM", "OK"]);
  });

  it("loses its data when nobody sends, and shows what was held when it comes", () => {
    const alarms = new AlarmModel(1);
    for (let minute = 0; minute < 20; minute++) {
      const at = START + minute * MINUTE;
      if (minute < 8) alarms.publish("SecondsSinceCycle", 30, at);
      alarms.judge(at);
    }
    expect(alarms.state("WarmerSilent")).toBe("INSUFFICIENT_DATA");
  });
});
