import { describe, expect, it } from "vitest";
import { StateUnreadable } from "../../lib/app/errors.ts";
import { CALM_AFTER_MS, type SpikeWatch } from "../../lib/core/fill-cost/spike-watch.ts";
import { type Incident, recordSpike } from "../../lib/core/incident.ts";
import { MINUTE, NOON } from "../core/samples.ts";
import { aWorld, HISTORY, NOW, SPIKE, settle, watch } from "./fill-cost-world.ts";

const WATCH: SpikeWatch = { incident: "00000001.1.fill", level: "critical", since: NOON, told: "critical" };
const INCIDENT = recordSpike(undefined, WATCH, "fill cost critical", { hourSpent: 1, daySpent: 2 });

describe("a spike", () => {
  it("is remembered when it begins, and costs no write while it goes on", async () => {
    const world = await aWorld();
    settle(world, -1);
    const { history } = await watch(world);
    const opened = { incident: `00000001.${NOW}.fill`, level: "critical", since: NOW };
    expect(history).toEqual({ ...HISTORY, watch: opened });
    expect(world.history.history).toEqual(history);
    expect((await watch(world, NOW + MINUTE)).history).toEqual(history);
    expect(world.history.writes).toBe(1);
  });

  it("that rises is the same incident", async () => {
    const world = await aWorld({ watch: { ...WATCH, level: "info" } });
    settle(world, -1);
    expect((await watch(world)).history.watch).toEqual({ ...WATCH, level: "critical" });
  });

  it.each([
    { calm: 0, incident: INCIDENT },
    { calm: CALM_AFTER_MS - 1, incident: INCIDENT },
    { calm: CALM_AFTER_MS, incident: { ...INCIDENT, calmAt: NOW } },
  ])(
    "is over after a quarter of an hour of calm, and its incident is marked: $calm ms",
    async ({ calm, incident }) => {
      const calmSince = NOW - calm;
      const world = await aWorld({ watch: { ...WATCH, calmSince } });
      await world.incidents.put(INCIDENT);
      const { history } = await watch(world);
      expect(history.watch).toEqual("calmAt" in incident ? undefined : { ...WATCH, calmSince });
      expect(world.history.history).toEqual(history);
      expect(await world.incidents.get(WATCH.incident)).toEqual(incident);
    },
  );

  it("is marked calm before it is forgotten: a run that dies in between leaves it to the next", async () => {
    const world = await aWorld({ watch: { ...WATCH, calmSince: NOW - CALM_AFTER_MS } });
    await world.incidents.put(INCIDENT);
    world.history.write = () => Promise.reject(new StateUnreadable("TimeoutError"));
    await expect(watch(world)).rejects.toThrow(StateUnreadable);
    expect(await world.incidents.get(WATCH.incident)).toEqual({ ...INCIDENT, calmAt: NOW });
    expect(world.history.history.watch).toBeDefined();
  });

  it("without an incident ends without one", async () => {
    const world = await aWorld({ watch: { ...WATCH, calmSince: NOW - CALM_AFTER_MS } });
    expect((await watch(world)).history).not.toHaveProperty("watch");
    expect(await world.incidents.list(9)).toEqual([]);
  });

  it.each([
    { what: "while it goes on, is another one from then on", fillCost: SPIKE, next: `00000001.${NOW}.fill` },
    { what: "while it is calm, is forgotten", fillCost: 0, next: undefined },
  ])("that an operator closed $what", async ({ fillCost, next }) => {
    const world = await aWorld({ watch: WATCH });
    const closed: Incident = { ...INCIDENT, closedAt: NOW - 1, closedBy: "ops" };
    await world.incidents.put(closed);
    settle(world, -1, fillCost);
    expect((await watch(world)).history.watch?.incident).toBe(next);
    expect(world.history.history.watch?.incident).toBe(next);
    expect(await world.incidents.get(WATCH.incident)).toEqual(closed);
  });
});
