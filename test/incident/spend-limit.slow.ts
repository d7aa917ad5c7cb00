import { afterEach, describe, expect, it } from "vitest";
import { CONFIG, MINUTE, World } from "../support/world.ts";
import { ended, expectHealth, standing } from "./fault.ts";
import { billed, dearPrompts, MOST_PER_TOUCH, publishEveryMinute, spent } from "./money.ts";
import { resume } from "./operator.ts";

/** Some minutes before the UTC hour ends. */
const START = Date.UTC(2026, 10, 20, 8, 48);
const NEXT_HOUR = Date.UTC(2026, 10, 20, 9);
const { hourly } = CONFIG.guardrails;

/** Ten fills are more than the hour's limit: five minutes of new bytes. */
const two = dearPrompts(2);

let world: World;
afterEach(() => world.stop());

/** The ledger rounds each touch up to a whole micro-dollar, and is otherwise the provider's bill. */
async function expectTrueLedger(): Promise<void> {
  const above = (await spent(world)) - billed(world);
  expect(above).toBeGreaterThanOrEqual(0);
  expect(above).toBeLessThanOrEqual(world.touches().length);
}

/** How the runs of the pause function ended. */
function pauseOutcomes(): unknown[] {
  return world.engine.journal.events.flatMap((event) =>
    event.kind === "invoked" && event.function.startsWith("WarmerPause")
      ? [(event.result as { outcome: unknown }).outcome]
      : [],
  );
}

describe("an hourly limit", () => {
  it.each([
    { alarms: "alive", dead: false },
    { alarms: "dead, with CloudWatch and SNS", dead: true },
  ])("is never passed and pauses the warmer, the alarms being $alarms", async ({ dead }) => {
    world = await World.live(two("first"), { startAt: START });
    const revive = dead
      ? ["cloudwatch", "sns"].map((service) => world.engine.faults.inject({ kind: "unavailable", service }))
      : [];
    if (dead) world.engine.alarms.setAlive(false);
    publishEveryMinute(world, two, START + 7 * MINUTE);
    await world.pass(7 * MINUTE);

    const limited = ended(world, START).filter(({ outcome }) => outcome === "limit_hour");
    expect(limited).toMatchObject([
      { message: expect.stringContaining("the hourly limit of $1.00 was met") },
    ]);
    const [{ endedAt: metAt } = { endedAt: START }] = limited;
    expect(world.touches(metAt + 1)).toEqual([]);
    expect(new Set(ended(world, metAt).map(({ outcome }) => outcome))).toEqual(new Set(["paused"]));
    expect(billed(world)).toBeLessThanOrEqual(hourly);
    expect(billed(world)).toBeGreaterThan(hourly - MOST_PER_TOUCH);
    await expectTrueLedger();
    await expect(resume(world, "too soon")).rejects.toThrow(/the cause still holds/);
    // New bytes are cold until they are filled; whether a measurement falls in between is chance.
    const fired = world.allFired(metAt).filter((alarm) => alarm !== "support-test-NotWarm");
    expect(fired.sort()).toEqual(dead ? [] : ["support-test-HourlySpend", "support-test-Paused"]);

    // The spend alarm comes late: it finds the warmer paused, and the first reason stands.
    expect(new Set(pauseOutcomes())).toEqual(new Set(dead ? [] : ["already_paused"]));
    const held = await world.warmer.operator.control.read();
    expect(held?.control.paused).toMatchObject({ cause: "limit_hour", by: "ledger" });

    for (const end of revive) end();
    world.engine.alarms.setAlive(true);
    await world.engine.runUntil(NEXT_HOUR);
    await resume(world, "the time is no longer in the prompts");
    await world.pass(5 * MINUTE);
    expect(standing(world)).toEqual([]);
    await expectHealth(world, 5);
  });

  it("is far away, and no alarm speaks, while the bytes stay as they are", async () => {
    world = await World.live(two("first"), { startAt: START });
    await expectHealth(world, 9);
    expect(billed(world)).toBeLessThan(hourly / 4);
    await expectTrueLedger();
  });
});
