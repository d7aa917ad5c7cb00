import { describe, expect, it } from "vitest";
import { flip } from "../../lib/app/flip.ts";
import { CONFIG, MemoryWorld, START } from "../support/memory/world.ts";
import { aPrompt } from "../support/prompts.ts";

const green = (words: string) => [aPrompt("support", { words })];

describe("a color that was live before", () => {
  it.each([
    { release: "the release that served", again: false, asked: 0 },
    { release: "another release", again: true, asked: 1 },
  ])("with $release asks the gate $asked times", async ({ again, asked }) => {
    const world = await MemoryWorld.live([aPrompt("support")]);
    await world.publish("green", "2", green("two"));
    await world.minutes(2);
    for (const color of ["green", "blue"]) {
      await world.flip(color);
      await world.minutes(2);
    }
    if (again) await world.publish("green", "3", green("three"));
    let questions = 0;
    const gate = {
      invoke: async () => {
        questions++;
        return { refused: "asked" };
      },
    };
    const flipping = flip({ ...world.flipPorts(), gate }, CONFIG, { to: "green" });
    await world.scheduler.until(flipping).catch(() => {});
    expect(questions).toBe(asked);
    expect(world.liveColor.value).toBe(again ? "blue" : "green");
  });

  it("and is no color any more is not kept warm", async () => {
    const world = await MemoryWorld.live([aPrompt("support")]);
    await world.publish("green", "2", green("two"));
    await world.minutes(2);
    await world.flip("green");
    world.config = { ...CONFIG, colors: ["green"] };
    await world.minutes(1);
    expect(world.control.control.previous).toBeUndefined();
  });
});

it("an older version that SSM answers is no flip back: nothing is sent, and the run says why", async () => {
  const world = await MemoryWorld.live([aPrompt("support")]);
  await world.publish("green", "2", green("two"));
  await world.minutes(2);
  await world.flip("green");
  await world.minutes(2);
  const { flip: seen, serving } = world.control.control;
  const since = world.now;
  world.liveColor.read = async () => ({ value: "blue", version: 1, modifiedAt: START });
  expect(await world.minutes(1)).toMatchObject([
    { outcome: "target_unreadable", message: "SSM answered version 1 of live-color after version 2" },
  ]);
  expect(world.touches(since)).toEqual([]);
  expect(world.control.control).toMatchObject({ flip: seen, serving });
});

it("an older version than the monitor was answered is no flip back either, though no run saw the newer one", async () => {
  const world = await MemoryWorld.live([aPrompt("support")]);
  await world.publish("green", "2", green("two"));
  await world.minutes(2);
  await world.flip("green");
  await world.monitor();
  const { read } = world.liveColor;
  world.liveColor.read = async () => ({ value: "blue", version: 1, modifiedAt: START });
  expect(await world.minutes(1)).toMatchObject([
    { outcome: "target_unreadable", message: "SSM answered version 1 of live-color after version 2" },
  ]);
  world.liveColor.read = read;
  expect((await world.minutes(1)).map(({ color }) => color)).toEqual(["green"]);
});

it("an older version than one that stands for no color is no mending of it", async () => {
  const world = await MemoryWorld.live([aPrompt("support")]);
  await world.minutes(2);
  world.liveColor.value = "purple";
  const since = world.now;
  world.liveColor.read = async () => world.liveColor.versions.at(-1);
  expect(await world.minutes(2)).toMatchObject([{ outcome: "unknown_color" }, { outcome: "unknown_color" }]);
  world.liveColor.read = async () => world.liveColor.versions.at(0);
  expect(await world.minutes(1)).toMatchObject([{ outcome: "target_unreadable" }]);
  world.liveColor.read = async () => world.liveColor.versions.at(-1);
  world.liveColor.value = "blue";
  await world.minutes(1);
  expect(world.touches(since).length).toBeGreaterThan(0);
});

it("a parameter that was made again begins at version 1, and is followed", async () => {
  const world = await MemoryWorld.live([aPrompt("support")]);
  await world.publish("green", "2", green("two"));
  await world.minutes(2);
  await world.flip("green");
  await world.minutes(2);
  const at = world.now;
  world.liveColor.read = async () => ({ value: "blue", version: 1, modifiedAt: at });
  world.liveColor.since = async () => ({ version: 1, modifiedAt: at });
  await world.minutes(1);
  expect(world.control.control.serving).toMatchObject({ color: "blue", parameterVersion: 1 });
});
