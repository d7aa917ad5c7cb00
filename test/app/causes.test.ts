import { beforeAll, describe, expect, it } from "vitest";
import { CASES, type Played } from "../../bench/causes/play.ts";
import { accuracyOf, falseAlarmsOf, playAll } from "../../bench/causes/score.ts";
import { CAUSES, type CauseCode, type Diagnosis } from "../../lib/core/diagnosis.ts";
import { type Notification, spikeNotification } from "../../lib/core/notification.ts";
import { faultOf } from "../docs/commands.ts";

/** Every case once, and some twice. */
const SPIKES = 40;

function notificationOf(diagnosis: Diagnosis): Notification {
  return spikeNotification({
    service: "support",
    environment: "test",
    level: "warning",
    responseTime: "within 2 hours",
    reading: { rate: 2, normal: 1, explained: 0, ratio: 2 },
    diagnosis,
    incidentId: "00000001.1.fill",
    since: diagnosis.from,
    now: diagnosis.to,
    spend: { hour: 1, hourlyLimit: 2, day: 1, dailyLimit: 2 },
    runbook: "https://example.com",
  });
}

describe("spikes of faults and events, as the product itself has written them down", () => {
  let played: readonly Played[];
  beforeAll(async () => {
    played = await playAll(7, SPIKES, "seen");
  });

  it("are named right, and no good day is called a fault", () => {
    const wrong = played
      .filter(({ right }) => !right)
      .map(({ seed, case: { variant } }) => `${seed} ${variant}`);
    expect(wrong.length).toBeLessThanOrEqual(2);
    expect(accuracyOf(played)).toBeGreaterThanOrEqual(0.95);
    expect(falseAlarmsOf(played)).toBe(0);
  });

  it("are named within 17 minutes", () => {
    expect(Math.max(...played.map(({ minutes = 0 }) => minutes))).toBeLessThanOrEqual(17);
  });

  it("have every cause among them that there is", () => {
    const truths = new Set<CauseCode>(CASES.flatMap(({ truth }) => truth));
    expect([...truths].sort()).toEqual(Object.keys(CAUSES).sort());
  });

  it("ask for commands that parse", () => {
    const asked = played.flatMap(({ diagnosis }) => diagnosis?.candidates.flatMap(({ next }) => next) ?? []);
    const commands = [...new Set(asked)];
    expect(commands.length).toBeGreaterThan(15);
    expect(commands.flatMap((command) => faultOf(command) ?? [])).toEqual([]);
  });

  it("are told without a word of a prompt, and without a key", () => {
    const told = played.flatMap(({ diagnosis }) =>
      diagnosis === undefined ? [] : notificationOf(diagnosis),
    );
    const text = JSON.stringify(told);
    expect(text).toContain("prompt-0");
    expect(text).not.toMatch(/You answer|politely|sk-warmer/);
  });
});
