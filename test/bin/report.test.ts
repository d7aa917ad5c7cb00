import { describe, expect, it } from "vitest";
import { monthText, reportText } from "../../bin/commands/report.ts";
import { statusText } from "../../bin/commands/status.ts";
import { Refused } from "../../lib/app/errors.ts";
import { readReport } from "../../lib/app/report.ts";
import { addHour } from "../../lib/core/fill-cost/fill-history.ts";
import { HOUR, MemoryWorld } from "../support/memory/world.ts";
import { aPrompt } from "../support/prompts.ts";

/** Two known hours of a warmer that was installed half a day before. */
async function aWorld(avoided: number): Promise<MemoryWorld> {
  const world = await MemoryWorld.live([aPrompt("support")]);
  world.control.edit((control) => ({ ...control, createdAt: world.now - 12 * HOUR }));
  const hour = Math.floor(world.now / HOUR);
  const figures = { fillCost: 100_000, spend: 500_000, avoided, requests: 40 };
  world.history.edit((history) =>
    [hour - 1, hour - 2].reduce((known, number) => addHour(known, { hour: number, ...figures }), history),
  );
  return world;
}

const reportOf = (world: MemoryWorld, month?: string) =>
  readReport({ clock: { now: () => world.now }, control: world.control, history: world.history }, month);

describe("warmer report", () => {
  it("says what this month cost and saved, and whether that is healthy", async () => {
    expect(reportText(await reportOf(await aWorld(1_000_000)))).toBe(
      [
        "month        2026-11, 2 of 12 hours known",
        "warm spend   $1.00, of it $0.20 fills, 10.0 % of what was avoided",
        "avoided      $2.00: what 80 requests of the application read, as writes",
        "net saving   $1.00",
        "verdict      healthy: fills cost 5 to 15 % of what they avoid",
      ].join("\n"),
    );
  });

  it("advises to change the TTL or to stop when it costs more than it saves", async () => {
    const text = reportText(await reportOf(await aWorld(400_000)));
    expect(text).toContain("net saving   -$0.20");
    expect(text).toMatch(/verdict {6}it cost more than it saved: take another TTL .* warmer pause --reason/);
  });

  it("of a month without hours knows nothing, and claims no saving", async () => {
    const text = reportText(await reportOf(await aWorld(1), "2026-10"));
    expect(text).toContain("month        2026-10, 0 of 0 hours known");
    expect(text).toContain("savings are unknown");
    expect(text).not.toContain("net saving");
  });

  it("tells what is damaged of the history", async () => {
    const world = await aWorld(1);
    world.history.item = '{"hours":[],"days":["-1"]}';
    expect(reportText(await reportOf(world))).toContain(
      "warning      history: a line of the days is damaged",
    );
  });

  it("is refused before init", async () => {
    await expect(reportOf(new MemoryWorld())).rejects.toThrow(Refused);
  });

  it.each(["2026-13", "2026-1", "26-11", "november", ""])("takes no %j for a month", (value) => {
    expect(() => monthText(value)).toThrow("must be a month such as 2026-11");
  });
});

describe("warmer status", () => {
  it("says which day of learning it is, and that only the limits alarm", async () => {
    const world = await aWorld(1);
    world.control.edit((control) => ({ ...control, createdAt: world.now - 60 * HOUR }));
    const text = statusText(await world.status());
    expect(text).toContain("fill rate    $0.00 an hour\n");
    expect(text).toContain("baseline     learning, day 3 of 7; until then only the limits alarm");
  });

  it("shows the baseline once it is known", async () => {
    const world = await aWorld(1);
    world.control.edit((control) => ({ ...control, createdAt: world.now - 200 * HOUR }));
    expect(statusText(await world.status())).toMatch(
      /baseline {5}\$0\.10 an hour at its peak, \$0\.20 a day, of 2 hours; normal is \$0\.10 an hour/,
    );
  });
});
