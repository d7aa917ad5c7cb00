import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { TTL_MS } from "../../lib/core/due.ts";
import { ask, kindsOf, opening, pause, resume, retire, watch } from "../support/memory/acts.ts";
import { CONFIG, MemoryWorld, MINUTE, SECOND } from "../support/memory/world.ts";
import { aPrompt } from "../support/prompts.ts";

const KEPT_MS = CONFIG.keepPreviousMs;
const THREE_COLORS = { ...CONFIG, colors: ["blue", "green", "canary"] };
const NOT_KEPT = { ...CONFIG, keepPreviousMs: 0 };

const prompt = (words: string) => aPrompt("support", { words, tokens: 600 });

/** Green is live since now, and warm; blue was live before. */
async function aFlippedWorld(config = CONFIG) {
  const world = await MemoryWorld.live([prompt("blue")], { config });
  await world.publish("green", "2", [prompt("green")]);
  await world.minutes(1);
  const touches = watch(world);
  await world.flip("green");
  const flippedAt = world.now;
  await world.runToEnd(world.changeEvent());
  return { world, touches, flippedAt };
}

describe("the previous color", () => {
  it("is kept warm for its time, and never touched again afterwards", async () => {
    const { world, touches, flippedAt } = await aFlippedWorld();
    while (world.now < flippedAt + KEPT_MS) await world.minutes(1);
    const kept = touches.filter(({ words }) => words === "blue");
    expect(kept.every(({ fill }) => !fill)).toBe(true);
    expect(flippedAt + KEPT_MS - (kept.at(-1)?.at ?? 0)).toBeLessThan(TTL_MS["5m"]);
    await world.minutes(1);
    const since = world.now;
    await world.minutes(15);
    expect(kindsOf(touches, "blue", since)).toEqual([]);
    expect(kindsOf(touches, "green", since).length).toBeGreaterThan(3);
  });

  it.each([1, 15, 29])("is read, not filled, by a rollback after %d minutes", async (minutes) => {
    const { world, touches } = await aFlippedWorld();
    await world.minutes(minutes);
    await world.flip("blue");
    await world.runToEnd(world.changeEvent());
    await world.minutes(5);
    expect(kindsOf(touches, "blue")).not.toContain("fill");
    expect(world.control.control.flip?.provenAt).toBe(world.control.control.flip?.at);
    expect(world.control.control.previous).toMatchObject({ color: "green" });
  });

  it("is given up at once where nothing is to be kept", async () => {
    const { world, touches, flippedAt } = await aFlippedWorld(NOT_KEPT);
    await world.minutes(12);
    expect(kindsOf(touches, "blue", flippedAt)).toEqual([]);
    expect(world.control.control.previous).toBeUndefined();
  });

  it("costs no budget of its own: it is not filled while the warmer is paused, nor filled anew by the resume", async () => {
    const { world, touches } = await aFlippedWorld();
    await pause(world);
    const since = world.now;
    await world.minutes(40);
    expect(touches.filter(({ at }) => at >= since)).toEqual([]);
    await resume(world);
    await world.minutes(3);
    expect(kindsOf(touches, "blue", since)).toEqual([]);
  });

  it("is the one before the last flip: an older one is given up", async () => {
    const { world, touches } = await aFlippedWorld(THREE_COLORS);
    await world.publish("canary", "3", [prompt("canary")]);
    await world.flip("canary");
    await world.minutes(1);
    const since = world.now;
    await world.minutes(10);
    expect(kindsOf(touches, "blue", since)).toEqual([]);
    expect(kindsOf(touches, "green", since)).not.toEqual([]);
    expect(kindsOf(touches, "green", since)).not.toContain("fill");
  });

  it("that could never be warmed makes no run unhealthy after the rollback from it", async () => {
    const { world } = await aFlippedWorld();
    await world.publish("blue", "3", [aPrompt("small", { tokens: 400 })]);
    await world.flip("blue");
    expect(await world.minutes(1)).toMatchObject([{ outcome: "not_cached", healthy: false }]);
    await world.flip("green");
    const reports = await world.minutes(5);
    expect(reports.filter(({ healthy }) => !healthy)).toEqual([]);
  });

  it("whose prompt is damaged is not overdue after the rollback from it", async () => {
    const { world } = await aFlippedWorld();
    await world.publish("blue", "3", [aPrompt("support", { words: "lost" })]);
    for (const { bodyDigest } of world.manifests.stored.get("blue")?.entries ?? [])
      world.manifests.bodyOf.delete(bodyDigest);
    await world.flip("blue");
    expect(await world.minutes(1)).toMatchObject([{ outcome: "body_damaged" }]);
    await world.flip("green");
    await world.minutes(6);
    expect(world.metrics.values("SecondsOverdue").at(-1)).toBe(0);
  });

  it("whose manifest cannot be read never stops the live one", async () => {
    const { world, touches } = await aFlippedWorld();
    const manifest = world.manifests.stored.get("blue");
    if (manifest !== undefined)
      world.manifests.stored.set("blue", { ...manifest, entries: [], digest: "other" });
    const reports = await world.minutes(10);
    expect(reports.every(({ healthy }) => healthy)).toBe(true);
    expect(kindsOf(touches, "green").filter((kind) => kind === "fill")).toHaveLength(1);
  });
});

describe("retire", () => {
  it("ends the warming of the previous color at the next tick", async () => {
    const { world, touches } = await aFlippedWorld();
    await world.minutes(2);
    await retire(world, "blue");
    const since = world.now;
    await world.minutes(15);
    expect(kindsOf(touches, "blue", since)).toEqual([]);
    expect(world.control.control.previous).toBeUndefined();
    expect((await world.status()).beside).toEqual([]);
  });

  it.each([
    { color: "green", says: /green is live/ },
    { color: "purple", says: /must be one of blue, green/ },
    { color: "canary", says: /canary is not kept warm/ },
  ])("of $color is refused", async ({ color, says }) => {
    const { world } = await aFlippedWorld(THREE_COLORS);
    const before = world.control.item;
    await expect(retire(world, color)).rejects.toThrow(says);
    expect(world.control.item).toBe(before);
  });

  it("is refused while a gate is open on the color, so that nobody waits in vain", async () => {
    const { world } = await aFlippedWorld();
    await world.scheduler.until(opening(world, { color: "blue", run: { diesAtTurn: 1 } }));
    await expect(retire(world, "blue")).rejects.toThrow(/a gate on blue is open/);
  });
});

describe("a prefix in no serving manifest", () => {
  const aStep = fc.record({
    act: fc.constantFrom("flip", "gate", "publish", "retire", "nothing", "pause", "resume"),
    color: fc.constantFrom("blue", "green", "canary"),
    seconds: fc.integer({ min: 1, max: 400 }),
  });

  it("is never touched, whatever is published, flipped, gated and retired", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 0, max: 1e6 }),
        fc.array(aStep, { minLength: 3, maxLength: 12 }),
        async (seed, steps) => {
          const config = { ...THREE_COLORS, keepPreviousMs: 4 * MINUTE };
          const world = await MemoryWorld.live([prompt("blue 0")], { seed, config });
          const touches = watch(world);
          const release = { blue: 0, green: -1, canary: -1 };
          for (const [i, { act, color, seconds }] of steps.entries()) {
            const key = color as keyof typeof release;
            if (act === "publish") {
              release[key] = i + 1;
              await world.publish(color, `${i}`, [prompt(`${color} ${i + 1}`)]);
            }
            if (act === "flip") await world.flip(color);
            if (act === "gate") {
              const gate = opening(world, { id: `g-${i}`, color, timeoutMs: 90 * SECOND });
              await world.scheduler.until(gate.then(({ run }) => run)).catch(() => {});
            }
            if (act === "retire") await retire(world, color).catch(() => {});
            if (act === "pause") await pause(world);
            if (act === "resume") await resume(world).catch(() => {});
            const until = world.now + seconds * SECOND;
            while (world.now < until) {
              await world.tick();
              const since = world.now;
              // What serves at this moment: the live color, the one before it, and who asks to be next.
              const { previous, candidate } = world.control.control;
              const beside = [previous, candidate].flatMap((it) =>
                it && world.now < it.until ? [it.color] : [],
              );
              const serving = [world.liveColor.value ?? "", ...beside];
              const words = new Set(serving.map((one) => `${one} ${release[one as keyof typeof release]}`));
              await world.pass(MINUTE);
              await world.tick();
              const strangers = touches.filter((touch) => touch.at >= since && !words.has(touch.words));
              expect(strangers).toEqual([]);
            }
          }
        },
      ),
      { numRuns: 25 },
    );
  });

  it("is kept by neither a gate nor a flip that is over", async () => {
    const { world, touches } = await aFlippedWorld(THREE_COLORS);
    await world.publish("canary", "3", [prompt("canary")]);
    await ask(world, { color: "canary" });
    await world.pass(KEPT_MS);
    await world.minutes(2);
    const since = world.now;
    await world.minutes(10);
    expect(new Set(touches.filter(({ at }) => at >= since).map(({ words }) => words))).toEqual(
      new Set(["green"]),
    );
  });
});
