import { describe, expect, it } from "vitest";
import { StateUnreadable } from "../../lib/app/errors.ts";
import type { HistoryDay } from "../../lib/core/fill-cost/fill-history.ts";
import { eventId, type KnownEvent } from "../../lib/core/known-event.ts";
import { emptyLedger } from "../../lib/core/ledger.ts";
import { DAY, HOUR, MINUTE, NOON } from "../core/samples.ts";
import { aWorld, BASELINE, HOUR_NOW, NOW, settle, watch } from "./fill-cost-world.ts";

function anEvent(from: number, to: number, fields: Partial<KnownEvent> = {}): KnownEvent {
  return {
    id: `${from}#deploy`,
    kind: "deploy",
    from,
    to,
    expectedCost: 1e9,
    by: "ops",
    note: "",
    ...fields,
  };
}

const gauges = ({ points }: Awaited<ReturnType<typeof watch>>) =>
  Object.fromEntries(points.map(({ name, value }) => [name, value]));

describe("the gauges of fill cost", () => {
  it("are zero where nothing was filled", async () => {
    expect(gauges(await watch(await aWorld()))).toEqual({ FillRate: 0, SpikeRatio: 0 });
  });

  it("count the last quarter of an hour, in dollars an hour", async () => {
    const world = await aWorld();
    settle(world, -16, 1);
    settle(world, -15, 500_000);
    settle(world, -1, 1_500_000);
    settle(world, 0, 7);
    expect(gauges(await watch(world))).toMatchObject({ FillRate: 8 });
  });

  it("tell no ratio while normal is learnt", async () => {
    const baseline = { ...BASELINE, state: "learning" } as const;
    const world = await aWorld({ normal: { hour: HOUR_NOW, baseline } });
    settle(world, -1);
    const seen = await watch(world);
    expect(seen.points).toEqual([{ name: "FillRate", value: 16 }]);
    expect(seen.history).not.toHaveProperty("watch");
  });

  it("tell what was saved in seven whole days, once that is known", async () => {
    const today = Math.floor(NOW / DAY);
    const days = Array.from({ length: 7 }, (_, i): HistoryDay => {
      return { day: today - 7 + i, hours: 24, fillCost: 0, spend: 200_000, avoided: 700_000, requests: 1 };
    });
    expect(gauges(await watch(await aWorld({ days })))).toMatchObject({ NetSaving: 3.5 });
  });
});

describe("a known event", () => {
  it.each([
    { ended: 15 * MINUTE, isExplained: true },
    { ended: 15 * MINUTE + 1, isExplained: false },
  ])(
    "explains the fills of its last minute $ended ms after its end: $isExplained",
    async ({ ended, isExplained }) => {
      const world = await aWorld();
      await world.events.put(anEvent(NOW - HOUR, NOW - ended));
      settle(world, -15);
      const { reading, problems } = await watch(world);
      expect(reading.explained).toBe(isExplained ? reading.rate : 0);
      expect(problems).toEqual([]);
    },
  );

  it("that ends before it begins explains nothing, and is told", async () => {
    const world = await aWorld();
    const at = NOW - 2 * MINUTE;
    for (const [id, lasts] of Object.entries({ odd: -1, odder: -MINUTE, short: 0 })) {
      await world.events.put(anEvent(at, at + lasts, { id, expectedCost: 0 }));
    }
    settle(world, -2);
    const { reading, problems } = await watch(world);
    expect(problems).toEqual(["marks that end before they begin: odd, odder"]);
    expect(reading).toMatchObject({ explained: 0, level: "critical" });
  });

  it("that marks itself explains in the same minute, and counts once where its cost has become known", async () => {
    const world = await aWorld();
    const at = NOW - 5 * MINUTE;
    const id = eventId(at, "flip", "green", "2");
    await world.events.put(anEvent(at, at + HOUR, { id, kind: "flip", expectedCost: 100_000 }));
    await world.events.put(anEvent(at, at + HOUR, { expectedCost: 50_000 }));
    const flip = { from: "blue", to: "green", version: 2, at, release: "2", expectedCost: 200_000 };
    world.control.edit((control) => ({ ...control, flip }));
    settle(world, -4);
    // One and a half times what both are expected to cost, in a quarter of an hour.
    expect((await watch(world)).reading.explained).toBe(4 * 1.5 * 250_000);
    expect(world.events.stored.get(id)?.expectedCost).toBe(200_000);
  });

  it("that cannot be read explains nothing, silences nothing, and is told", async () => {
    const world = await aWorld();
    world.events.between = () => Promise.reject(new StateUnreadable("TimeoutError"));
    settle(world, -1);
    const { reading, problems } = await watch(world);
    expect(problems).toEqual(["known events explain nothing: TimeoutError"]);
    expect(reading.level).toBe("critical");
  });

  it("meets any other error as an error", async () => {
    const world = await aWorld();
    world.events.between = () => Promise.reject(new TypeError("no such method"));
    await expect(watch(world)).rejects.toThrow("no such method");
  });
});

describe("a clock that runs ahead", () => {
  const AHEAD = "touches were settled by a clock that runs ahead; they count as of now";

  it.each([
    { minutes: 0, problems: [] },
    { minutes: 1, problems: [AHEAD] },
  ])("settles touches $minutes minutes from now: $problems", async ({ minutes, problems }) => {
    const world = await aWorld();
    settle(world, minutes);
    const { item } = world.control;
    expect((await watch(world)).problems).toEqual(problems);
    expect(world.control.control.ledger.minutes).toMatchObject([{ minute: Math.floor(NOW / MINUTE) }]);
    expect(world.control.item === item).toBe(problems.length === 0);
    expect((await watch(world, NOW + MINUTE)).reading.level).toBe("critical");
  });

  it("is mended once: a run that comes too late for that writes nothing", async () => {
    const world = await aWorld();
    settle(world, 1);
    const before = await world.control.read();
    await watch(world);
    const { item } = world.control;
    expect((await watch(world, NOW, before)).problems).toEqual([AHEAD]);
    expect(world.control.item).toBe(item);
  });

  it.each([
    { hours: 1, problems: [] },
    { hours: 2, problems: ["the ledger's hour lies ahead of this clock"] },
  ])("opens the ledger's hour $hours hours from now: $problems", async ({ hours, problems }) => {
    const world = await aWorld();
    world.control.edit((control) => ({ ...control, ledger: emptyLedger(NOON + hours * HOUR) }));
    expect((await watch(world)).problems).toEqual(problems);
  });

  it.each([
    { newest: [], problems: [] },
    { newest: [-1], problems: [] },
    { newest: [-2, -1, 0], problems: ["the history holds hours that are not over"] },
  ])("puts hours into the history, $newest from now: $problems", async ({ newest, problems }) => {
    const nothing = { fillCost: 0, spend: 0, avoided: 0, requests: 0 };
    const world = await aWorld({ hours: newest.map((ago) => ({ hour: HOUR_NOW + ago, ...nothing })) });
    expect((await watch(world)).problems).toEqual(problems);
  });
});

describe("a damaged history", () => {
  it("is told, and when it was is remembered beside what it was", async () => {
    const world = await aWorld();
    world.history.item = JSON.stringify({ ...JSON.parse(world.history.item ?? ""), days: 7, watch: 7 });
    const { problems, history } = await watch(world);
    expect(problems).toEqual(["the list of days is damaged and left out", "watch is damaged and left out"]);
    expect(history.problem).toEqual({ at: NOW, text: problems.join("; ") });
  });

  it("that was mended stays known", async () => {
    const problem = { at: NOON - DAY, text: "a line of the hours is damaged" };
    const { problems, history } = await watch(await aWorld({ problem }));
    expect({ problems, problem: history.problem }).toEqual({ problems: [], problem });
  });
});
