import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { throttleByOperator } from "../../lib/app/throttle.ts";
import { writtenTokens } from "../../lib/core/usage.ts";
import { Worker } from "../support/memory/scheduler.ts";
import { MemoryWorld, MINUTE, SECOND } from "../support/memory/world.ts";
import { aPrompt } from "../support/prompts.ts";

const promptsOf = (count: number) =>
  Array.from({ length: count }, (_, i) => aPrompt(`desk-${i}`, { tokens: 600 }));

function throttle(world: MemoryWorld, maxFillsPerMinute: number) {
  const ports = world.ports(new Worker(world.scheduler));
  const request = { by: "ops", reason: "onboarding", maxFillsPerMinute };
  return world.scheduler.until(throttleByOperator(ports, request, "throttle"));
}

/** Ends of the touches that wrote, or may have. */
function fillsOf(world: MemoryWorld): number[] {
  return world
    .touches()
    .filter(({ usage }) => usage !== undefined && writtenTokens(usage) > 0)
    .map(({ at }) => at);
}

describe("a throttle", () => {
  it.each([1, 2, 7, 30])(
    "of %d fills a minute keeps that in any sliding minute, whoever runs",
    async (most) => {
      const aWorker = fc.record({
        startsAfter: fc.integer({ min: 0, max: MINUTE }),
        slowMs: fc.constantFrom(0, 100, 3 * SECOND),
        diesAtTurn: fc.constantFrom(Number.POSITIVE_INFINITY, 25, 60),
      });
      await fc.assert(
        fc.asyncProperty(
          fc.integer({ min: 0, max: 2 ** 31 }),
          fc.boolean(),
          fc.array(aWorker, { minLength: 1, maxLength: 4 }),
          async (seed, losesLease, workers) => {
            const world = await MemoryWorld.live(promptsOf(12), { seed });
            world.control.losesLease = losesLease;
            world.provider.faults.add({ kind: "timeout", endpoint: "messages", probability: 0.1 });
            await throttle(world, most);
            const runs = workers.map(async ({ startsAfter, ...options }) => {
              await world.wait(startsAfter);
              return world.run(world.tickEvent(), options);
            });
            await world.scheduler.until(Promise.all(runs));
            const fills = fillsOf(world);
            const inOneMinute = fills.map(
              (start) => fills.filter((at) => at >= start && at < start + MINUTE).length,
            );
            expect(Math.max(0, ...inOneMinute)).toBeLessThanOrEqual(most);
            const gaps = fills.slice(1).map((at, i) => at - (fills[i] ?? 0));
            expect(Math.min(MINUTE, ...gaps)).toBeGreaterThanOrEqual(Math.floor(MINUTE / most));
          },
        ),
        { numRuns: 15 },
      );
    },
  );

  it("holds back no keep-alive: a read gives its slot back", async () => {
    const world = await MemoryWorld.live(promptsOf(20));
    await world.minutes(1);
    await throttle(world, 1);
    const reports = await world.minutes(8);
    expect(reports.filter(({ outcome }) => outcome === "throttled")).toEqual([]);
    expect(fillsOf(world)).toHaveLength(20);
  });

  it("ends a run as throttled when its next slot lies beyond the deadline, and the next run goes on", async () => {
    const world = await MemoryWorld.live(promptsOf(4));
    await throttle(world, 2);
    expect(await world.minutes(1)).toMatchObject([{ outcome: "throttled" }]);
    const filled = new Set(fillsOf(world)).size;
    await world.minutes(4);
    expect(fillsOf(world).length).toBeGreaterThan(filled);
    expect(fillsOf(world)).toHaveLength(4);
  });
});

describe("an operator's throttle", () => {
  const act = { by: "ops", reason: "onboarding" };

  it("begins at this moment, with who and why", async () => {
    const world = await MemoryWorld.live(promptsOf(1));
    expect((await throttle(world, 3)).throttled).toEqual({
      ...act,
      cause: "operator",
      at: world.now,
      maxFillsPerMinute: 3,
      nextSlotAt: world.now,
      incident: 2,
    });
  });

  it("of one prefix holds that prefix, and no other", async () => {
    const world = await MemoryWorld.live(promptsOf(1));
    const ports = world.ports(new Worker(world.scheduler));
    const request = { ...act, maxFillsPerMinute: 3, prefix: "desk-0" };
    const after = await world.scheduler.until(throttleByOperator(ports, request, "throttle"));
    expect(after.throttled).toBeUndefined();
    expect(after.prefixes?.["desk-0"]?.throttled).toMatchObject({ maxFillsPerMinute: 3, incident: 2 });
  });
});
