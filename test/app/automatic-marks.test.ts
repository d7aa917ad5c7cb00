import { describe, expect, it } from "vitest";
import { deployedVersion, markObserved } from "../../lib/app/automatic-marks.ts";
import { ControlSession } from "../../lib/app/control-session.ts";
import { flip } from "../../lib/app/flip.ts";
import type { KnownEvent } from "../../lib/core/known-event.ts";
import { CONFIG, HOUR, MemoryWorld } from "../support/memory/world.ts";
import { aPrompt } from "../support/prompts.ts";

/** As the monitor of the world has it. */
const VERSION = deployedVersion(CONFIG, "code");
const DAY = 24 * HOUR;

/** Looks as the monitor does, at what its session saw last. */
async function look(world: MemoryWorld, version = VERSION): Promise<KnownEvent[]> {
  const held = await world.control.read();
  if (held === undefined) throw new Error("there is no control item");
  const session = new ControlSession(world.control, `look-${world.now}`, held);
  const known = await world.events.between(world.now - 7 * DAY, world.now);
  return markObserved(world.events, session, version, known, world.now);
}

const observed = (world: MemoryWorld) =>
  [...world.events.stored.values()].filter(({ kind }) => !["publish", "gate"].includes(kind));

/** Blue is live and warm, and green is published. */
async function aWorld(): Promise<MemoryWorld> {
  const world = await MemoryWorld.live([aPrompt("support", { words: "blue" })]);
  await world.publish("green", "2", [
    aPrompt("support", { words: "green" }),
    aPrompt("triage", { words: "green triage", ttl: "1h" }),
  ]);
  await world.minutes(2);
  return world;
}

const fillsSince = (world: MemoryWorld, from: number) => world.control.control.ledger.hour.fillCost - from;

describe("a flip", () => {
  it("is marked once, with what its fills are predicted to cost, however often it is looked at", async () => {
    const world = await aWorld();
    await look(world);
    const before = world.control.control.ledger.hour.fillCost;
    await world.flip("green");
    const at = world.now;
    await world.runToEnd(world.changeEvent());
    const first = await look(world);
    await world.minutes(3);
    expect(await look(world)).toEqual([]);
    expect(observed(world)).toEqual(first);
    const [mark] = first;
    expect(mark).toMatchObject({ kind: "flip", from: at, to: at + HOUR, color: "green", release: "2" });
    expect(mark).toMatchObject({ by: "monitor", note: "blue -> green" });
    expect(mark?.id).toMatch(new RegExp(`#green#${world.control.control.flip?.version}$`));
    // Both prefixes were cold: the estimate by bytes is near the bill, and no part of it is what was filled before.
    const billed = fillsSince(world, before);
    expect(mark?.expectedCost).toBeGreaterThan(billed / 1.5);
    expect(mark?.expectedCost).toBeLessThan(billed * 1.5);
  });

  it("to a color that is warm already is predicted to cost nothing", async () => {
    const world = await aWorld();
    await look(world);
    await world.flip("green");
    await world.runToEnd(world.changeEvent());
    await look(world);
    await world.flip("blue");
    await world.runToEnd(world.changeEvent());
    expect(await look(world)).toMatchObject([{ kind: "flip", color: "blue", expectedCost: 0 }]);
  });

  it("that was forced keeps who and why, and gets its cost", async () => {
    const world = await aWorld();
    await look(world);
    const force = { by: "olivia", reason: "blue is broken" };
    await world.scheduler.until(flip(world.flipPorts(), CONFIG, { to: "green", force }));
    await world.runToEnd(world.changeEvent());
    await look(world);
    await look(world);
    expect(observed(world)).toMatchObject([
      { kind: "flip", by: "olivia", note: "forced: blue is broken", expectedCost: expect.any(Number) },
    ]);
  });

  it("of more than a week ago is marked no more", async () => {
    const world = await aWorld();
    await world.flip("green");
    await world.runToEnd(world.changeEvent());
    await world.pass(7 * DAY);
    await look(world);
    expect(observed(world)).toEqual([]);
  });

  it("whose mark could not be written is marked by the next look", async () => {
    const world = await aWorld();
    await world.flip("green");
    await world.runToEnd(world.changeEvent());
    const put = world.events.put;
    world.events.put = () => Promise.reject(new Error("no answer"));
    await expect(look(world)).rejects.toThrow("no answer");
    world.events.put = put;
    expect(await look(world)).toMatchObject([{ kind: "flip" }]);
  });
});

describe("what is deployed", () => {
  it("is no event when it is seen for the first time", async () => {
    const world = await MemoryWorld.live([aPrompt("support")]);
    await look(world);
    expect(observed(world)).toEqual([]);
    expect(world.control.control.deployed).toEqual({ ...VERSION, since: world.now, changed: [] });
  });

  it.each([
    { part: ["configuration"], version: deployedVersion({ ...CONFIG, concurrency: 9 }, "code") },
    { part: ["stack-update"], version: deployedVersion(CONFIG, "b".repeat(64)) },
    {
      part: ["configuration", "stack-update"],
      version: deployedVersion({ ...CONFIG, concurrency: 9 }, "b".repeat(64)),
    },
  ])(
    "marks $part once when it changes, without a cost: it is named, and explains nothing",
    async ({ part, version }) => {
      const world = await aWorld();
      await look(world);
      await world.pass(HOUR);
      const marks = await look(world, version);
      expect(marks.map(({ kind }) => kind)).toEqual(part);
      for (const mark of marks) {
        expect(mark).toMatchObject({ from: world.now, to: world.now + HOUR, by: "monitor" });
        expect(mark.expectedCost).toBeUndefined();
        const { config, code } = version;
        const digest = mark.kind === "configuration" ? config : code;
        const what = mark.kind === "configuration" ? "configuration" : "code";
        expect(mark.note).toBe(`${what} ${digest}`);
        expect(mark.id).toMatch(new RegExp(`#${digest}$`));
      }
      await world.pass(HOUR);
      expect(await look(world, version)).toEqual([]);
      expect(observed(world)).toEqual(marks);
    },
  );

  it("marks again what is set back", async () => {
    const world = await aWorld();
    const other = deployedVersion({ ...CONFIG, concurrency: 9 }, "code");
    for (const version of [VERSION, other, VERSION]) {
      await world.pass(HOUR);
      await look(world, version);
    }
    expect(observed(world).map(({ kind }) => kind)).toEqual(["configuration", "configuration"]);
  });

  it("has digests that are short, equal for equal configurations, and other for others", () => {
    const copy = JSON.parse(JSON.stringify(CONFIG));
    expect(deployedVersion(copy, "code")).toEqual(VERSION);
    expect(deployedVersion(copy, "a".repeat(64)).code).toBe("a".repeat(12));
    expect(VERSION.config).toMatch(/^[0-9a-f]{12}$/);
    expect(deployedVersion({ ...CONFIG, notify: ["x@example.com"] }, "").config).not.toBe(VERSION.config);
  });
});
