import { afterAll, expect, it } from "vitest";
import type { MonitorReport } from "../../lib/app/monitor-cycle.ts";
import { toUsd } from "../../lib/core/money.ts";
import { aPrompt } from "../support/prompts.ts";
import { MINUTE, World } from "../support/world.ts";
import { ended, expectHealth, nextInstant, standing } from "./fault.ts";

let world: World;
afterAll(() => world.stop());

it("loses metrics while CloudWatch is away: no run fails for it, and the gauges heal", async () => {
  world = await World.live([aPrompt("support"), aPrompt("triage")]);
  await expectHealth(world, 10);

  const from = nextInstant(world);
  const mend = world.engine.faults.inject({ kind: "unavailable", service: "cloudwatch" });
  await world.pass(10 * MINUTE);
  const runs = ended(world, from);
  expect(new Set(runs.map(({ outcome }) => outcome))).toEqual(new Set(["warmed", "nothing_due"]));
  expect(world.touches(from).length).toBeGreaterThan(2);
  expect(world.fired("MonitorErrors", from)).toHaveLength(1);
  expect(world.fellSilent("WarmerSilent", from)).toHaveLength(1);
  expect(world.fired("WarmErrors", from)).toEqual([]);

  mend();
  await world.pass(5 * MINUTE);
  expect(standing(world)).toEqual([]);
  expect(world.recovered("WarmerSilent", from)).toHaveLength(1);
  const held = await world.warmer.operator.control.read();
  expect(lastGauges()).toMatchObject({
    FillCost: toUsd(held?.control.ledger.hour.fillCost ?? -1),
    WarmShare: 1,
    StateUnreadable: 0,
  });
  await expectHealth(world, 1);
});

/** What the monitor published last. */
function lastGauges(): Record<string, number> {
  const reports = world.engine.journal.events.flatMap((event) =>
    event.kind === "invoked" && event.function.startsWith("WarmerMonitor") && event.result !== undefined
      ? [event.result as MonitorReport]
      : [],
  );
  return Object.fromEntries((reports.at(-1)?.points ?? []).map(({ name, value }) => [name, value]));
}
