import { describe, expect, it } from "vitest";
import { StateUnreadable } from "../../lib/app/errors.ts";
import { NEVER } from "../../lib/core/due.ts";
import { watch } from "../support/memory/acts.ts";
import { CONFIG, MemoryWorld, SECOND } from "../support/memory/world.ts";
import { aPrompt } from "../support/prompts.ts";

/** More calls of ports than a run needs that follows a flip. */
const CALLS = 25;

const prompt = (words: string) => aPrompt("support", { words, tokens: 600 });

/** Names of the colors whose prompts the prefix items take for the live color's. */
function takenForLive(world: MemoryWorld): string[] {
  const states = world.prefixes.states().filter(({ beside, dueAt }) => beside !== true && dueAt !== NEVER);
  return [...world.manifests.stored.values()].flatMap(({ color, entries }) =>
    entries.some((entry) => states.some(({ fingerprint }) => fingerprint === entry.fingerprint))
      ? [color]
      : [],
  );
}

describe("a run that dies while it follows a flip", () => {
  it.each(Array.from({ length: CALLS }, (_, i) => i + 1))(
    "at its call %d leaves nothing behind that outlives a flip back",
    async (diesAtTurn) => {
      const world = await MemoryWorld.live([prompt("blue")], { config: { ...CONFIG, keepPreviousMs: 0 } });
      await world.minutes(1);
      await world.publish("green", "2", [prompt("green")]);
      await world.flip("green");
      await world.scheduler.until(world.run(world.changeEvent(), { diesAtTurn }));
      await world.flip("blue");
      const touches = watch(world);
      await world.minutes(8);
      expect(takenForLive(world)).toEqual(["blue"]);
      expect(touches.filter(({ words }) => words === "green")).toEqual([]);
      expect(touches.filter(({ words }) => words === "blue").length).toBeGreaterThan(0);
    },
  );
});

describe("a slow run that dies at first install, while the lease holds nobody off", () => {
  const deaths = Array.from({ length: CALLS }, (_, i) => i + 1);
  const flips = [10, 20, 30, 40, 60, 80];
  it.each(flips.flatMap((afterSeconds) => deaths.map((diesAtTurn) => ({ diesAtTurn, afterSeconds }))))(
    "at its call $diesAtTurn leaves nothing to a run that followed a flip $afterSeconds s after its start",
    async ({ diesAtTurn, afterSeconds }) => {
      const world = await MemoryWorld.live([prompt("blue")], { config: { ...CONFIG, keepPreviousMs: 0 } });
      await world.publish("green", "2", [prompt("green")]);
      world.control.losesLease = true;
      const slow = world.run(world.tickEvent(), { slowMs: 20 * SECOND, diesAtTurn });
      const flip = async () => {
        await world.wait(afterSeconds * SECOND);
        await world.flipPorts().liveColor.write("green");
        return world.run(world.changeEvent());
      };
      await world.scheduler.until(Promise.all([slow, flip()]));
      await world.minutes(2);
      expect(takenForLive(world)).toEqual(["green"]);
    },
  );
});

it("a run that fails while it follows a flip leaves that to the next one, and to no more", async () => {
  const world = await MemoryWorld.live([prompt("blue")]);
  await world.publish("green", "2", [prompt("green")]);
  await world.minutes(1);
  await world.flip("green");
  const { save } = world.prefixes;
  world.prefixes.save = async () => {
    throw new StateUnreadable("the table throttles");
  };
  expect((await world.tick()).outcome).toBe("state_unreadable");
  expect(world.control.control.changing).toHaveLength(1);
  world.prefixes.save = save;
  expect((await world.tick()).outcome).toBe("warmed");
  expect(world.control.control).not.toHaveProperty("changing");
});
