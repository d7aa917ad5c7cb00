import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type FlipReport, type FlipRequest, flip } from "../../lib/app/flip.ts";
import type { Flip } from "../../lib/core/release/serving.ts";
import {
  ask,
  isToldOf,
  kindsOf,
  monitoring,
  notices,
  opening,
  pause,
  resume,
  type Touch,
  watch,
} from "../support/memory/acts.ts";
import { MemoryWorld, type MemoryWorldOptions, MINUTE, SECOND } from "../support/memory/world.ts";
import { aPrompt } from "../support/prompts.ts";

const BLUE = [aPrompt("support", { words: "blue", tokens: 600 })];
const GREEN = [aPrompt("support", { words: "green", tokens: 600 })];

/** Blue is live and warm, green is published and cold. */
async function aWorld(options: MemoryWorldOptions = {}): Promise<MemoryWorld> {
  const world = await MemoryWorld.live(BLUE, options);
  await world.minutes(1);
  await world.publish("green", "2", GREEN);
  return world;
}

function flipIn(world: MemoryWorld): Flip {
  const { flip: seen } = world.control.control;
  if (seen === undefined) throw new Error("no flip was seen");
  return seen;
}

/** Writes the switch, and handles its change event. @returns when the switch was written */
async function flipTo(world: MemoryWorld, color: string): Promise<number> {
  await world.flip(color);
  const at = world.now;
  await world.runToEnd(world.changeEvent());
  return at;
}

const unproven = (world: MemoryWorld) => world.metrics.values("SecondsFlipUnproven").at(-1);

describe("a flip", () => {
  it("after a warm gate is proven from its first instant, and fills nothing", async () => {
    const world = await aWorld();
    await ask(world);
    await world.pass(10 * SECOND);
    const touches = watch(world);
    const at = await flipTo(world, "green");
    expect(touches).toEqual([]);
    expect(flipIn(world)).toMatchObject({
      from: "blue",
      to: "green",
      version: 2,
      at,
      release: "2",
      provenAt: at,
    });
    await world.monitor();
    expect(notices(world)).toEqual(["live color blue -> green: warm after 0.0 s"]);
    expect(unproven(world)).toBe(0);
  });

  it("after a warm gate is proven from its first instant though a keep-alive falls due with it", async () => {
    const world = await aWorld();
    await ask(world);
    const { dueAt } = world.prefixes.states().find(({ beside }) => beside) ?? { dueAt: 0 };
    await world.pass(dueAt - world.now + SECOND);
    const touches = watch(world);
    const at = await flipTo(world, "green");
    expect(kindsOf(touches, "green")).toEqual(["read"]);
    expect(flipIn(world)).toMatchObject({ at, provenAt: at });
  });

  it("without a gate takes until its last confirming read", async () => {
    const world = await aWorld();
    const touches = watch(world);
    const at = await flipTo(world, "green");
    const proof = touches.findLast(({ words }) => words === "green");
    expect(kindsOf(touches, "green")).toEqual(["fill", "read"]);
    expect(flipIn(world)).toMatchObject({ at, provenAt: proof?.at });
    await world.monitor();
    const seconds = (((proof?.at ?? 0) - at) / 1000).toFixed(1);
    expect(notices(world)).toEqual([`live color blue -> green: warm after ${seconds} s`]);
    expect(isToldOf(world, 2).message).toMatch(/parameter version 2[\s\S]*Release: 2/);
  });

  it("begins with the first version that has its value: writing it again does not move it", async () => {
    const world = await aWorld();
    await world.flip("green");
    const at = world.now;
    await world.pass(20 * SECOND);
    await world.flip("green");
    await world.pass(5 * SECOND);
    await world.tick();
    expect(flipIn(world)).toMatchObject({ version: 2, at });
    await world.flip("green");
    await world.minutes(2);
    expect(flipIn(world)).toMatchObject({ version: 2, at });
    expect(notices(world)).toHaveLength(1);
  });

  it("there and back between two looks is none", async () => {
    const world = await aWorld();
    await world.flip("green");
    await world.flip("blue");
    await world.minutes(2);
    expect(world.control.control.flip).toBeUndefined();
    expect(notices(world)).toEqual([]);
  });

  it("that nobody saw in time is measured from its zero by the next tick", async () => {
    const world = await aWorld();
    await world.flip("green");
    const at = world.now;
    await world.minutes(1);
    const { provenAt = 0 } = flipIn(world);
    expect(flipIn(world)).toMatchObject({ at });
    expect(provenAt - at).toBeGreaterThan(30 * SECOND);
  });

  it("back and forth is told each time, with its own seconds", async () => {
    const world = await aWorld();
    for (const color of ["green", "blue", "green", "blue"]) {
      await flipTo(world, color);
      await world.minutes(1);
    }
    expect(notices(world).map((subject) => subject.replace(/after [1-9].*/, "after a while"))).toEqual([
      "live color blue -> green: warm after a while",
      "live color green -> blue: warm after 0.0 s",
      "live color blue -> green: warm after 0.0 s",
      "live color green -> blue: warm after 0.0 s",
    ]);
  });
});

describe("a flip that is not proven", () => {
  it("is told once after five minutes, with the reason, and its gauge grows until it is proven", async () => {
    const world = await aWorld();
    world.provider.faults.add({ kind: "overloaded", when: { until: world.now + 8 * MINUTE } });
    await flipTo(world, "green");
    const gauge: number[] = [];
    for (let minute = 1; minute <= 12; minute++) {
      await world.minutes(1);
      gauge.push(unproven(world) ?? -1);
    }
    expect(notices(world)).toEqual(["live color blue -> green: not warm"]);
    expect(isToldOf(world, 2).message).toMatch(/not warm: the provider was busy or unreachable/);
    const grows = gauge.slice(0, 8);
    expect(grows).toEqual(grows.toSorted((a, b) => a - b));
    expect(Math.min(...grows)).toBeGreaterThan(0);
    expect(gauge.at(-1)).toBe(0);
    expect(flipIn(world).provenAt).toBeDefined();
  });

  it("and is overtaken by another is told as such, once", async () => {
    const world = await aWorld();
    world.provider.faults.add({ kind: "overloaded", when: { until: world.now + 90 * SECOND } });
    await flipTo(world, "green");
    await world.minutes(1);
    await flipTo(world, "blue");
    await world.minutes(8);
    expect(notices(world)).toHaveLength(2);
    expect(isToldOf(world, 2).message).toMatch(/another flip followed/);
    expect(isToldOf(world, 3).subject).toMatch(/green -> blue: warm after 0.0 s/);
  });

  it("grows in its gauge while the warm function is dead", async () => {
    const world = await aWorld();
    await world.flip("green");
    for (const minutes of [1, 7, 60]) {
      await world.pass(minutes * MINUTE);
      await world.monitor();
    }
    const gauge = world.metrics.values("SecondsFlipUnproven").slice(-3);
    expect(gauge).toEqual([60, 480, 4080]);
  });
});

describe("a flip while the warmer is paused", () => {
  it("is seen, told after five minutes with the reason, and proven after the resume without another word", async () => {
    const world = await aWorld();
    await pause(world);
    const touches = watch(world);
    const at = await flipTo(world, "green");
    await world.minutes(7);
    expect(touches).toEqual([]);
    expect(notices(world)).toEqual(["live color blue -> green: not warm"]);
    expect(isToldOf(world, 2).message).toMatch(/the warmer is paused: looking/);
    expect(unproven(world)).toBeGreaterThan(400);
    await resume(world);
    await world.minutes(2);
    expect(notices(world)).toHaveLength(1);
    expect(flipIn(world)).toMatchObject({ at, provenAt: expect.any(Number) });
    expect(unproven(world)).toBe(0);
  });

  it("is proven at once where a gate had found it warm", async () => {
    const world = await aWorld();
    await ask(world);
    await pause(world);
    const at = await flipTo(world, "green");
    expect(flipIn(world)).toMatchObject({ at, provenAt: at });
  });
});

describe("a flip to a color that cannot be resolved", () => {
  it("is an unresolved target, and is measured from its zero once the release is published", async () => {
    const world = await MemoryWorld.live(BLUE);
    await world.minutes(1);
    await world.flip("green");
    const at = world.now;
    expect(await world.minutes(2)).toMatchObject([{ outcome: "no_manifest" }, { outcome: "no_manifest" }]);
    expect(world.metrics.values("TargetUnresolved").slice(-2)).toEqual([1, 1]);
    expect(world.control.control.flip).toBeUndefined();
    await world.publish("green", "2", GREEN);
    await world.pass(SECOND);
    await world.monitor();
    expect(unproven(world)).toBe((world.now - at) / 1000);
    await world.minutes(1);
    expect(flipIn(world)).toMatchObject({ at, provenAt: expect.any(Number) });
    await world.monitor();
    expect(notices(world)).toHaveLength(1);
  });
});

const LIVES = Number.POSITIVE_INFINITY;

/** A flip while SNS is away, and then more gates than the control item has room for. */
const GATES_CROWD_OUT = [
  { act: "flip", event: false, second: 1, diesAtTurn: LIVES },
  { act: "flip", event: false, second: 1, diesAtTurn: LIVES },
  { act: "flip", event: false, second: 1, diesAtTurn: 6 },
  { act: "gate", event: false, second: 49, diesAtTurn: LIVES },
  { act: "sns", event: true, second: 43, diesAtTurn: LIVES },
  { act: "gate", event: true, second: 42, diesAtTurn: LIVES },
  { act: "gate", event: false, second: 48, diesAtTurn: 12 },
  { act: "gate", event: true, second: 17, diesAtTurn: LIVES },
  { act: "pause", event: false, second: 21, diesAtTurn: LIVES },
  { act: "flip", event: false, second: 18, diesAtTurn: LIVES },
  { act: "flip", event: false, second: 50, diesAtTurn: LIVES },
];

describe("the notices of flips", () => {
  it("wait while SNS is away, however many there are", async () => {
    const world = await aWorld();
    world.notifier.unacknowledged = true;
    for (const color of ["green", "blue", "green", "blue"]) {
      await flipTo(world, color);
      await world.minutes(1);
    }
    world.notifier.unacknowledged = false;
    world.notifier.heard.length = 0;
    await world.minutes(3);
    expect(notices(world)).toHaveLength(4);
  });

  it("come once for each flip that was seen, whatever else happens", async () => {
    const aStep = fc.record({
      act: fc.constantFrom("flip", "flip", "gate", "pause", "resume", "sns", "nothing"),
      event: fc.boolean(),
      second: fc.integer({ min: 1, max: 110 }),
      diesAtTurn: fc.constantFrom(LIVES, LIVES, 6, 12, 18, 24),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 0, max: 1e6 }),
        fc.array(aStep, { minLength: 3, maxLength: 14 }),
        async (seed, steps) => {
          const world = await aWorld({ seed });
          const seen = new Set<number>();
          const acknowledged: string[] = [];
          const { send } = world.notifier;
          world.notifier.send = async (notice) => {
            const done = await send.call(world.notifier, notice);
            if (done) acknowledged.push(notice.message);
            return done;
          };
          world.control.written = ({ flip: flipped }) => flipped && seen.add(flipped.version);
          for (const [i, { act, event, second, diesAtTurn }] of steps.entries()) {
            if (act === "flip") await world.flip(world.liveColor.value === "blue" ? "green" : "blue");
            if (act === "gate") await world.scheduler.until(opening(world, { id: `g-${i}` })).catch(() => {});
            if (act === "pause") await pause(world);
            if (act === "resume") await resume(world).catch(() => {});
            if (act === "sns") world.notifier.unacknowledged = !world.notifier.unacknowledged;
            if (event) await world.pass(500);
            const run = world.run(event ? world.changeEvent() : world.tickEvent(), { diesAtTurn });
            await world.scheduler.until(Promise.all([run, monitoring(world)]));
            await world.pass(second * SECOND);
          }
          world.notifier.unacknowledged = false;
          await world.minutes(8);
          const told = acknowledged.flatMap((message) => {
            const [, version] = /^Live color.*version (\d+)/.exec(message) ?? [];
            return version === undefined ? [] : [Number(version)];
          });
          // Only so many fit while SNS is away; how many did not, gates' among them, is told with the next.
          const missed = acknowledged.map((message) => Number(/\((\d+) older/.exec(message)?.[1] ?? 0));
          const untold = [...seen].filter((version) => !told.includes(version));
          expect(new Set(told).size).toBe(told.length);
          expect([...seen]).toEqual(expect.arrayContaining(told));
          expect(untold.length).toBeLessThanOrEqual(missed.reduce((sum, one) => sum + one, 0));
        },
      ),
      {
        numRuns: 25,
        // News of gates took the place of a flip's, and told of it.
        examples: [[0, GATES_CROWD_OUT]],
      },
    );
  });
});

describe("a change event that meets a held lease", () => {
  it("loses nothing: the run at work goes on with the new color, whatever the instant of the flip", async () => {
    const latency = () => ({ firstByteMs: SECOND, totalMs: 3 * SECOND });
    const prompts = (color: string) =>
      Array.from({ length: 12 }, (_, i) => aPrompt(`desk-${i}`, { words: `${color} ${i}`, tokens: 600 }));
    let met = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 0, max: 1e6 }),
        fc.integer({ min: 0, max: 30 * SECOND }),
        async (seed, instant) => {
          const world = await MemoryWorld.live(BLUE, { seed, provider: { latency } });
          await world.tick();
          await world.publish("blue", "1b", prompts("blue"));
          await world.publish("green", "2", prompts("green"));
          const touches = watch(world);
          const run = world.run(world.tickEvent(), { id: "long", slowMs: 100 });
          await world.pass(instant);
          await world.flip("green");
          await world.pass(500);
          const dropped = await world.scheduler.until(world.run(world.changeEvent()));
          if (dropped !== "killed" && dropped.outcome === "lease_held") met += 1;
          expect(await world.scheduler.until(run)).not.toBe("killed");
          const green = touches.filter(({ words }: Touch) => words.startsWith("green"));
          expect(new Set(green.map(({ words }) => words)).size).toBe(12);
          expect(flipIn(world).provenAt).toBeDefined();
        },
      ),
      { numRuns: 20 },
    );
    expect(met).toBeGreaterThan(5);
  });

  it("loses nothing either while the run waits for the provider's leave to retry", async () => {
    const world = await aWorld();
    await world.pass(3 * MINUTE);
    world.provider.faults.add({ kind: "rate_limited", retryAfterSeconds: 50, when: { times: 1 } });
    const touches = watch(world);
    const run = world.run(world.tickEvent());
    await world.pass(5 * SECOND);
    await world.flip("green");
    await world.pass(500);
    expect(await world.runToEnd(world.changeEvent())).toMatchObject({ outcome: "lease_held" });
    await world.pass(20 * SECOND);
    expect(kindsOf(touches, "green")).toEqual(["fill", "read"]);
    await world.scheduler.until(run);
  });
});

describe("the flip of an operator", () => {
  /** Flips while the ticks go on. */
  function flipping(world: MemoryWorld, request: Partial<FlipRequest> = {}): Promise<FlipReport> {
    const ticks = async () => {
      for (let i = 0; i < 6; i++) {
        await world.wait(20 * SECOND);
        await world.run(world.tickEvent());
      }
    };
    const done = flip(world.flipPorts(), world.config, { to: "green", timeoutSeconds: 60, ...request });
    return world.scheduler.until(Promise.race([done, ticks().then(() => done)]));
  }

  it("asks the gate, writes the switch, and tells the seconds to warm", async () => {
    const world = await aWorld();
    const report = await flipping(world, { waitMs: 2 * MINUTE });
    expect(report).toMatchObject({ from: "blue", to: "green", version: 2, secondsToWarm: 0 });
    expect(report.gate).toMatchObject({ answer: { result: "warm" } });
    expect(world.liveColor).toMatchObject({ value: "green", version: 2 });
  });

  it("back to the color that was live asks nobody, while it is kept warm", async () => {
    const world = await aWorld();
    await flipTo(world, "green");
    await world.minutes(2);
    expect(await flipping(world, { to: "blue" })).toMatchObject({ gate: "rollback", version: 3 });
    await flipTo(world, "green");
    await world.minutes(31);
    expect((await flipping(world, { to: "blue" })).gate).toMatchObject({ answer: { result: "warm" } });
  });

  it.each<{
    why: string;
    request?: Partial<FlipRequest>;
    breaks: (world: MemoryWorld) => unknown;
    says: RegExp;
  }>([
    {
      why: "to a cold color",
      breaks: (world) => world.publish("green", "2", [aPrompt("small", { tokens: 400 })]),
      says: /green is cold: 0 of 1 .*; the live color is still blue/,
    },
    {
      why: "that is inconclusive, of a strict gate",
      request: { failDeployment: true },
      breaks: (world) => world.provider.faults.add({ kind: "overloaded" }),
      says: /green is inconclusive/,
    },
    {
      why: "to a half-written manifest",
      breaks: halve,
      says: /does not match its digest/,
    },
    {
      why: "to a half-written manifest, though it is forced",
      request: { force: { by: "ops", reason: "now" } },
      breaks: halve,
      says: /does not match its digest/,
    },
    {
      why: "that somebody else makes while the gate is open",
      breaks: (world) => {
        const { put } = world.events;
        world.events.put = (event) => {
          world.liveColor.value = "blue";
          return put.call(world.events, event);
        };
      },
      says: /somebody else wrote/,
    },
  ])("$why is refused, and the switch is not written", async ({ request, breaks, says }) => {
    const world = await aWorld();
    await breaks(world);
    await expect(flipping(world, request)).rejects.toThrow(says);
    expect(world.liveColor.value).toBe("blue");
  });

  it("goes on without proof where a gate is inconclusive", async () => {
    const world = await aWorld();
    world.provider.faults.add({ kind: "overloaded" });
    const report = await flipping(world);
    expect(report.gate).toMatchObject({ answer: { result: "inconclusive" } });
    expect(world.liveColor.value).toBe("green");
  });

  it("is not kept waiting by a warm function that never looks", async () => {
    const world = await aWorld();
    const since = world.now;
    const done = flip(world.flipPorts(), world.config, { to: "green", timeoutSeconds: 60 });
    const report = await world.scheduler.until(done);
    expect(report.gate).toMatchObject({
      answer: { result: "inconclusive", reason: expect.stringMatching(/did not look/) },
    });
    expect(world.now - since).toBeLessThan(3 * MINUTE);
  });
});

function halve(world: MemoryWorld): void {
  const manifest = world.manifests.stored.get("green");
  if (manifest !== undefined) world.manifests.stored.set("green", { ...manifest, entries: [] });
}
