import { describe, expect, it } from "vitest";
import { kindsOf, pause, resume, type Touch, watch } from "../support/memory/acts.ts";
import { MemoryWorld, MINUTE, SECOND } from "../support/memory/world.ts";
import { aPrompt } from "../support/prompts.ts";

const LOOPS = aPrompt("loops", { words: "looping", tokens: 600 });
const STAYS = aPrompt("stays", { words: "steady", tokens: 600 });

/** The provider keeps nothing: before each touch of the looping prompt every entry is gone. */
function loses(world: MemoryWorld): { until: number } {
  const loss = { until: Number.POSITIVE_INFINITY };
  const answer = world.provider.answer.bind(world.provider);
  world.provider.answer = (request) => {
    const isIt = String(request.body).includes("for the looping desk");
    if (isIt && world.now < loss.until) world.provider.cache.evict(world.now);
    return answer(request);
  };
  return loss;
}

/** One prefix that loops, alone: losing its entry loses all. */
async function aLoopingWorld(): Promise<{ world: MemoryWorld; touches: Touch[]; loss: { until: number } }> {
  const world = await MemoryWorld.live([LOOPS]);
  const loss = loses(world);
  return { world, touches: watch(world), loss };
}

describe("a prefix that is written again and again where reads were due", () => {
  it("is stopped at the third write in a row, with the reason, and stays so", async () => {
    const { world, touches } = await aLoopingWorld();
    const outcomes = (await world.minutes(12)).map(({ outcome }) => outcome);
    expect(kindsOf(touches, "looping")).toEqual(["fill", "fill", "fill"]);
    expect(outcomes.slice(2)).toEqual(Array(10).fill("warmer_loop"));
    expect(world.prefixes.named("loops")).toMatchObject({ stopped: "warmer_loop", fillsInRow: 3 });
    const { prefixes, healthy } = await world.status();
    expect(prefixes).toMatchObject([{ name: "loops", proof: "stopped", stopped: "warmer_loop" }]);
    expect(healthy).toBe(false);
  });

  it("does not stop the others", async () => {
    const world = await MemoryWorld.live([LOOPS, STAYS]);
    await world.minutes(1);
    world.prefixes.edit("loops", (state) => ({ ...state, stopped: "warmer_loop", fillsInRow: 3 }));
    const touches = watch(world);
    await world.minutes(10);
    expect(kindsOf(touches, "looping")).toEqual([]);
    expect(kindsOf(touches, "steady").length).toBeGreaterThan(2);
    expect(kindsOf(touches, "steady")).not.toContain("fill");
  });

  it("is no loop where it expired in between, however often", async () => {
    const world = await MemoryWorld.live([LOOPS]);
    const touches = watch(world);
    for (let i = 0; i < 5; i++) {
      await world.tick();
      await pause(world);
      await world.pass(3 * 60 * MINUTE);
      await resume(world);
    }
    expect(kindsOf(touches, "looping").filter((kind) => kind === "fill")).toHaveLength(5);
    expect(world.prefixes.named("loops").stopped).toBeUndefined();
  });

  it("is no loop where every fill expires before the tick that would confirm it", async () => {
    const world = await MemoryWorld.live([LOOPS]);
    const touches = watch(world);
    for (let i = 0; i < 5; i++) {
      await world.tick({ timeoutMs: 36 * SECOND });
      await world.pass(6 * MINUTE);
    }
    expect(kindsOf(touches, "looping")).toEqual(Array(5).fill("fill"));
    expect(world.prefixes.named("loops").stopped).toBeUndefined();
  });
});

describe("a prefix that was stopped as a loop", () => {
  async function aStoppedWorld() {
    const looping = await aLoopingWorld();
    await looping.world.minutes(4);
    expect(looping.world.prefixes.named("loops").stopped).toBe("warmer_loop");
    return looping;
  }

  it("is touched again after a resume of that prefix, and stopped again if it still loops", async () => {
    const { world, touches } = await aStoppedWorld();
    const since = world.now;
    await resume(world, "loops");
    await world.minutes(8);
    expect(kindsOf(touches, "looping", since)).toEqual(["fill", "fill", "fill"]);
    expect(world.prefixes.named("loops").stopped).toBe("warmer_loop");
    expect(world.control.control.prefixes ?? {}).toEqual({});
  });

  it("is kept warm after a resume of that prefix if it loops no more", async () => {
    const { world, touches, loss } = await aStoppedWorld();
    loss.until = world.now;
    const since = world.now;
    await resume(world, "loops");
    await world.minutes(8);
    expect(kindsOf(touches, "looping", since).slice(1)).not.toContain("fill");
    expect(world.prefixes.named("loops")).toMatchObject({ provenAt: expect.any(Number) });
  });

  it("is not forgotten by the ticks that cannot touch it: a restart waits for its turn", async () => {
    const { world, touches, loss } = await aStoppedWorld();
    loss.until = world.now;
    await pause(world);
    await resume(world, "loops");
    await world.minutes(3);
    await resume(world);
    world.provider.faults.add({ kind: "overloaded", when: { until: world.now + 3 * MINUTE } });
    await world.minutes(1);
    await world.tick({ timeoutMs: 20 * SECOND });
    const since = world.now + 3 * MINUTE;
    await world.minutes(6);
    expect(kindsOf(touches, "looping", since)).not.toEqual([]);
    expect(world.prefixes.named("loops").stopped).toBeUndefined();
  });

  it("is not touched again by a republish of the same bytes, nor by a flip there and back", async () => {
    const { world, touches } = await aStoppedWorld();
    const since = world.now;
    await world.publish("blue", "1b", [LOOPS]);
    await world.publish("green", "2", [STAYS]);
    await world.minutes(1);
    await world.flip("green");
    await world.minutes(2);
    await world.flip("blue");
    await world.minutes(2);
    expect(kindsOf(touches, "looping", since)).toEqual([]);
  });

  it("is touched as another prefix once its bytes are others", async () => {
    const { world, touches } = await aStoppedWorld();
    await world.publish("blue", "2", [aPrompt("loops", { words: "mended", tokens: 600 })]);
    await world.minutes(2);
    expect(kindsOf(touches, "mended")).toEqual(["fill", "read"]);
    expect(world.prefixes.states().filter(({ name }) => name === "loops")).toHaveLength(2);
  });

  it.each(["steady", "loops-2"])("is not restarted by a resume of %s", async (name) => {
    const { world } = await aStoppedWorld();
    await expect(resume(world, name)).rejects.toThrow(/neither paused nor throttled/);
  });

  it("that is paused too is resumed and restarted by one resume", async () => {
    const { world, touches, loss } = await aStoppedWorld();
    await pause(world, "loops");
    loss.until = world.now;
    const since = world.now;
    await resume(world, "loops");
    await world.minutes(2);
    expect(kindsOf(touches, "looping", since)).toEqual(["read"]);
  });
});
