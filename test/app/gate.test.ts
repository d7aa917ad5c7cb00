import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { openGate } from "../../lib/app/gate.ts";
import { pauseByOperator } from "../../lib/app/pause.ts";
import { throttleByOperator } from "../../lib/app/throttle.ts";
import { TTL_MS } from "../../lib/core/due.ts";
import { makeManifest } from "../../lib/core/manifest.ts";
import { type RequestBody, sha256 } from "../../lib/core/prefix.ts";
import { ask, gateOf, kindsOf, opening, pause, resume, retire, watch } from "../support/memory/acts.ts";
import { chance } from "../support/memory/chance.ts";
import { Worker } from "../support/memory/scheduler.ts";
import {
  CONFIG,
  MemoryWorld,
  type MemoryWorldOptions,
  MINUTE,
  SECOND,
  START,
  withLimits,
} from "../support/memory/world.ts";
import { aPrompt, type TestPrompt } from "../support/prompts.ts";

const LIVE = [aPrompt("support", { words: "blue", tokens: 600 })];
const NEXT = [aPrompt("support", { words: "green", tokens: 600 })];

/** Below the model's minimum: the provider caches nothing of it. */
const TOO_SMALL = aPrompt("small", { tokens: 400 });

const CALLBACK = { deploymentId: "d-1", hookExecutionId: "hook-1" };

const THREE_COLORS = { ...CONFIG, colors: ["blue", "green", "canary"] };

/** Blue is live and warm, green is published and cold. */
async function aWorld(
  next: readonly TestPrompt[] = NEXT,
  options: MemoryWorldOptions = {},
): Promise<MemoryWorld> {
  const world = await MemoryWorld.live(LIVE, options);
  await world.minutes(1);
  await world.publish("green", "2", next);
  return world;
}

/** Gives green a manifest that `warmer publish` refuses. */
async function publishUnchecked(world: MemoryWorld, body: RequestBody | undefined): Promise<void> {
  const bodyDigest = sha256(JSON.stringify(body ?? "missing"));
  const entry = {
    name: "odd",
    fingerprint: sha256(`fingerprint of ${bodyDigest}`),
    markers: sha256("markers"),
    bodyDigest,
    model: String(body?.["model"] ?? "claude-sonnet-5-5"),
    ttl: "5m" as const,
    bytes: 9_000,
    required: true,
  };
  const bodies = body === undefined ? new Map() : new Map([[bodyDigest, body]]);
  await world.manifests.publish(makeManifest("green", "3", [entry], world.now), bodies);
}

/** The application used a live prompt so often, lately. */
function used(world: MemoryWorld, name: string, requests: number): void {
  const { fingerprint } = world.prefixes.named(name);
  const use = { fingerprint, model: "claude-sonnet-5-5", requests, cold: 0, neither: 0, readTokens: 1 };
  const rest = { write5mTokens: 0, write1hTokens: 0, uncachedTokens: 0, first: 0, firstHits: 0 };
  world.usage.records.push({
    minute: world.now - MINUTE,
    writer: "w",
    part: 0,
    lost: 0,
    prefixes: [{ ...use, ...rest }],
  });
}

describe("a gate", () => {
  it("is warm as soon as every required prefix was read back, in the run that it asked for", async () => {
    const world = await aWorld();
    const touches = watch(world);
    const gate = await ask(world);
    expect(kindsOf(touches, "green")).toEqual(["fill", "read"]);
    expect(gate).toMatchObject({
      answer: { result: "warm", reason: "1 of 1 required prefixes are proven warm" },
      progress: { warm: 1, required: 1, coverage: 1 },
    });
    expect(gate.answer?.at).toBeGreaterThanOrEqual(touches.at(-1)?.at ?? Number.POSITIVE_INFINITY);
    expect(world.control.control.candidate).toMatchObject({ color: "green", gates: [] });
  });

  it("is open after a fill alone: a write proves nothing", async () => {
    const world = await aWorld();
    const gate = await ask(world, { run: { timeoutMs: 66 * SECOND } });
    expect(gate.answer).toBeUndefined();
    expect(gate.progress).toMatchObject({ warm: 0, required: 1 });
    await world.minutes(1);
    expect(await gateOf(world)).toMatchObject({ answer: { result: "warm" } });
  });

  it("takes proof from before it was opened while its TTL lasts, and spends nothing for it", async () => {
    const world = await aWorld();
    await ask(world);
    const touches = watch(world);
    await world.pass(SECOND);
    expect(await ask(world, { id: "gate-2" })).toMatchObject({ answer: { result: "warm" } });
    expect(touches).toEqual([]);
  });

  it.each([
    { minCoverage: 0.9, result: "warm" },
    { minCoverage: 0.9000001, result: "cold" },
  ])(
    "that asks for $minCoverage of the traffic is $result where 0.9 is proven",
    async ({ minCoverage, result }) => {
      const live = [...LIVE, aPrompt("small", { words: "blue small", tokens: 600 })];
      const world = await MemoryWorld.live(live);
      await world.minutes(1);
      await world.publish("green", "2", [...NEXT, TOO_SMALL]);
      used(world, "support", 89);
      used(world, "small", 9);
      expect(await ask(world, { minCoverage })).toMatchObject({
        progress: { warm: 1, required: 2, coverage: 0.9 },
        answer: { result },
      });
    },
  );

  it("goes on over as many runs as its candidate takes", async () => {
    const next = Array.from({ length: 12 }, (_, i) => aPrompt(`desk-${i}`, { tokens: 600 }));
    const latency = () => ({ firstByteMs: 5 * SECOND, totalMs: 10 * SECOND });
    const world = await aWorld(next, { provider: { latency } });
    const warm: number[] = [];
    let gate = await ask(world, { run: { timeoutMs: 80 * SECOND } });
    for (let run = 1; run < 10 && gate.answer === undefined; run++) {
      warm.push(gate.progress?.warm ?? 0);
      await world.pass(MINUTE);
      await world.tick({ timeoutMs: 80 * SECOND });
      gate = await gateOf(world);
    }
    expect(gate).toMatchObject({ answer: { result: "warm" }, progress: { warm: 12, required: 12 } });
    expect(warm.length).toBeGreaterThan(2);
    expect(warm).toEqual(warm.toSorted((a, b) => a - b));
  });

  it("asked for again under its id is the same gate, and spends nothing twice", async () => {
    const world = await aWorld(NEXT, { config: THREE_COLORS });
    await world.publish("canary", "3", [aPrompt("other", { tokens: 600 })]);
    const touches = watch(world);
    const first = await ask(world);
    await ask(world, { minCoverage: 0.5 });
    await ask(world, { color: "canary" });
    expect(await gateOf(world)).toEqual(first);
    expect(touches).toHaveLength(2);
  });

  it("that is open keeps its color when it is asked for again with another", async () => {
    const world = await aWorld(NEXT, { config: THREE_COLORS });
    await world.publish("canary", "3", [aPrompt("other", { tokens: 600 })]);
    await world.scheduler.until(opening(world, { run: { diesAtTurn: 1 } }));
    await world.scheduler.until(opening(world, { color: "canary", run: { diesAtTurn: 1 } }));
    expect(world.control.control.candidate).toMatchObject({ color: "green", gates: ["gate-1"] });
  });

  it("beside another one on the same color is answered with it", async () => {
    const world = await aWorld();
    await world.scheduler.until(opening(world, { id: "a", run: { diesAtTurn: 1 } }));
    await world.pass(2 * MINUTE);
    await ask(world, { id: "b" });
    expect(await gateOf(world, "a")).toMatchObject({ answer: { result: "warm" } });
    expect(await gateOf(world, "b")).toMatchObject({ answer: { result: "warm" } });
  });

  it("beside an open one on another color is refused, and changes nothing", async () => {
    const world = await aWorld(NEXT, { config: THREE_COLORS });
    await world.publish("canary", "3", [aPrompt("other", { tokens: 600 })]);
    await world.scheduler.until(opening(world, { run: { diesAtTurn: 1 } }));
    await expect(world.scheduler.until(opening(world, { id: "gate-2", color: "canary" }))).rejects.toThrow(
      /a gate on green is open until 2026-/,
    );
    expect(await world.gates.get("gate-2")).toBeUndefined();
    expect(world.control.control.candidate).toMatchObject({ color: "green", gates: ["gate-1"] });
  });

  it.each(["", "two words", "-dash", "x".repeat(49), "line\nbreak"])(
    "of the id %j is refused: what cannot be read back must not be stored",
    async (id) => {
      const world = await aWorld();
      await expect(world.scheduler.until(opening(world, { id }))).rejects.toThrow(/id must be/);
      expect(world.control.control.candidate).toBeUndefined();
      expect(await world.tick()).toMatchObject({ outcome: "nothing_due" });
    },
  );

  it("that was opened while a run is at work is worked on by that run", async () => {
    const latency = () => ({ firstByteMs: 3 * SECOND, totalMs: 6 * SECOND });
    const world = await MemoryWorld.live(LIVE, { provider: { latency } });
    await world.publish("green", "2", NEXT);
    const run = world.run(world.tickEvent());
    await world.pass(2 * SECOND);
    const opened = await world.scheduler.until(opening(world));
    expect(await world.scheduler.until(opened.run)).toMatchObject({
      outcome: "lease_held",
    });
    await world.scheduler.until(run);
    expect(await gateOf(world)).toMatchObject({ answer: { result: "warm" } });
  });
});

/** Lets ticks pass until the gate has its answer. @returns the minutes it took */
async function minutesToAnswer(world: MemoryWorld, most = 12): Promise<number> {
  for (let minute = 0; minute < most; minute++) {
    if ((await gateOf(world)).answer !== undefined) return minute;
    await world.minutes(1);
  }
  throw new Error("the gate was not answered");
}

describe("a candidate that can never be warm is cold at once", () => {
  it.each<{ why: string; reason: RegExp; breaks: (world: MemoryWorld) => unknown }>([
    {
      why: "it is below the model's minimum",
      reason: /small: the provider cached nothing/,
      breaks: (world) => world.publish("green", "2", [TOO_SMALL]),
    },
    {
      why: "a touch would have a side effect",
      reason: /side effect/,
      breaks: (world) =>
        publishUnchecked(world, {
          model: "claude-sonnet-5-5",
          thinking: { type: "enabled", budget_tokens: 2_000 },
          tools: [{ type: "web_search_20260901", name: "web_search" }],
          system: [{ type: "text", text: "x".repeat(9_000), cache_control: { type: "ephemeral" } }],
        }),
    },
    {
      why: "its model has no price",
      reason: /price table/,
      breaks: (world) =>
        publishUnchecked(world, {
          model: "claude-novel-9",
          system: [{ type: "text", text: "x".repeat(9_000), cache_control: { type: "ephemeral" } }],
        }),
    },
    {
      why: "its body is not there",
      reason: /does not match its digest/,
      breaks: (world) => publishUnchecked(world, undefined),
    },
  ])("because $why", async ({ reason, breaks }) => {
    const world = await aWorld();
    await breaks(world);
    const gate = await ask(world);
    expect(gate.answer).toMatchObject({ result: "cold", reason: expect.stringMatching(reason) });
  });

  it("because it is written again and again", async () => {
    const world = await aWorld();
    for (let second = 1; second < 300; second++) {
      world.provider.faults.add({ kind: "evict", at: world.now + second * SECOND });
    }
    await ask(world, { timeoutMs: 10 * MINUTE });
    expect(await minutesToAnswer(world)).toBeLessThanOrEqual(2);
    expect(await gateOf(world)).toMatchObject({
      answer: { result: "cold", reason: expect.stringMatching(/^0 of 1 .*written again and again/) },
    });
  });

  it("unless what is left makes the coverage", async () => {
    const world = await aWorld([...NEXT, TOO_SMALL]);
    expect(await ask(world, { minCoverage: 0.5 })).toMatchObject({ answer: { result: "warm" } });
  });
});

/** What keeps a candidate from being proven that is not its own fault. */
const NOT_ITS_FAULT: readonly {
  readonly why: string;
  readonly reason: RegExp;
  readonly options?: MemoryWorldOptions;
  readonly breaks: (world: MemoryWorld) => unknown;
  /** Minutes from the run that the gate asks for to the answer. */
  readonly after: number;
}[] = [
  { why: "the warmer is paused", reason: /paused: looking/, breaks: (world) => pause(world), after: 0 },
  {
    why: "its prompt is paused",
    reason: /support: .*paused: looking/,
    breaks: (world) => pause(world, "support"),
    after: 0,
  },
  {
    why: "the limit is met",
    reason: /paused: .*hour/,
    options: { config: withLimits({ hourly: 0.004, daily: 1 }) },
    breaks: () => {},
    after: 0,
  },
  {
    why: "its manifest is damaged after the gate was opened",
    reason: /does not match its digest/,
    breaks: (world) => {
      const { put } = world.events;
      world.events.put = (event) => {
        const manifest = world.manifests.stored.get("green");
        if (manifest !== undefined) world.manifests.stored.set("green", { ...manifest, entries: [] });
        return put.call(world.events, event);
      };
    },
    after: 0,
  },
  {
    why: "its manifest is deleted after the gate was opened",
    reason: /no manifest/,
    breaks: (world) => {
      const { put } = world.events;
      world.events.put = (event) => {
        world.manifests.stored.delete("green");
        return put.call(world.events, event);
      };
    },
    after: 0,
  },
  {
    why: "the provider is overloaded",
    reason: /green|busy/,
    breaks: (world) => world.provider.faults.add({ kind: "overloaded" }),
    after: 6,
  },
  {
    why: "the provider answers without usage",
    reason: /usage/,
    breaks: (world) => world.provider.faults.add({ kind: "missing_usage" }),
    after: 6,
  },
  {
    why: "the key is refused",
    reason: /refused the API key/,
    breaks: (world) => {
      world.apiKey = "sk-other";
    },
    after: 6,
  },
  {
    why: "the key cannot be read",
    reason: /key parameter/,
    breaks: (world) => {
      world.apiKey = undefined;
    },
    after: 6,
  },
  {
    why: "the live manifest is damaged",
    reason: /does not match its digest/,
    breaks: (world) => {
      const manifest = world.manifests.stored.get("blue");
      if (manifest !== undefined)
        world.manifests.stored.set("blue", { ...manifest, entries: [], digest: "new" });
    },
    after: 6,
  },
  {
    why: "the live target is faulty",
    reason: /no configured color/,
    breaks: (world) => world.liveColor.write("purple"),
    after: 6,
  },
];

describe("a candidate that cannot be proven is inconclusive", () => {
  it.each(NOT_ITS_FAULT)("after $after minutes because $why", async ({ reason, options, breaks, after }) => {
    const world = await aWorld(NEXT, options);
    await breaks(world);
    await ask(world);
    expect(await minutesToAnswer(world)).toBe(after);
    expect((await gateOf(world)).answer).toMatchObject({
      result: "inconclusive",
      reason: expect.stringMatching(reason),
    });
  });

  it("at its deadline because the warmer is throttled", async () => {
    const world = await aWorld([
      aPrompt("a", { tokens: 600 }),
      aPrompt("b", { tokens: 600 }),
      aPrompt("c", { tokens: 600 }),
    ]);
    const ports = world.ports(new Worker(world.scheduler));
    const act = { by: "ops", reason: "onboarding", maxFillsPerMinute: 1 };
    await world.scheduler.until(throttleByOperator(ports, act, "throttle"));
    await ask(world, { timeoutMs: MINUTE });
    await minutesToAnswer(world);
    expect(await gateOf(world)).toMatchObject({
      answer: { result: "inconclusive", reason: expect.stringMatching(/throttle/) },
    });
  });

  it("and people hear of it once, whether the release goes on or not", async () => {
    const world = await aWorld();
    await pause(world);
    await ask(world, { id: "a", failDeployment: true });
    await ask(world, { id: "b" });
    await world.minutes(3);
    const told = world.notifier.heard.filter(({ subject }) => subject.includes("gate"));
    expect(told.map(({ message }) => message.split("\n")[0])).toEqual([
      "A gate on green could not be answered; the release is stopped.",
      "A gate on green could not be answered; the release goes on.",
    ]);
  });
});

describe("a candidate that is only late", () => {
  it("is cold at the deadline, and not before", async () => {
    const next = Array.from({ length: 40 }, (_, i) => aPrompt(`desk-${i}`, { tokens: 600 }));
    const latency = () => ({ firstByteMs: 9 * SECOND, totalMs: 18 * SECOND });
    const world = await aWorld(next, { provider: { latency } });
    const opened = await ask(world, { timeoutMs: 2 * MINUTE, run: { timeoutMs: 60 * SECOND } });
    expect(opened.answer).toBeUndefined();
    await world.pass(opened.deadline - world.now);
    await world.tick({ timeoutMs: 36 * SECOND });
    expect((await gateOf(world)).answer).toMatchObject({ result: "cold" });
  });
});

describe("whoever waits for a callback", () => {
  it.each([
    { next: NEXT, passed: true },
    { next: [TOO_SMALL], passed: false },
  ])("is told once: $passed", async ({ next, passed }) => {
    const world = await aWorld(next);
    await ask(world, { callback: CALLBACK });
    await world.minutes(3);
    expect(world.callbacks.told).toEqual([{ callback: CALLBACK, passed }]);
  });

  it("is told again by the next ticks after a failure, until that succeeds", async () => {
    const world = await aWorld();
    world.callbacks.fails = true;
    const gate = await ask(world, { callback: CALLBACK });
    expect(gate).toMatchObject({ answer: { result: "warm" } });
    expect(await world.minutes(1)).toMatchObject([{ outcome: "callback_failed", healthy: false }]);
    world.callbacks.fails = false;
    await world.minutes(3);
    expect(world.callbacks.told).toHaveLength(1);
    expect(await gateOf(world)).toMatchObject({ answer: gate.answer, calledBackAt: expect.any(Number) });
  });

  it("is told by a tick of a paused warmer, and its failure there is seen", async () => {
    const world = await aWorld();
    world.callbacks.fails = true;
    await ask(world, { callback: CALLBACK });
    await pause(world);
    expect(await world.minutes(1)).toMatchObject([{ outcome: "callback_failed" }]);
    world.callbacks.fails = false;
    expect(await world.minutes(1)).toMatchObject([{ outcome: "paused" }]);
    expect(world.callbacks.told).toEqual([{ callback: CALLBACK, passed: true }]);
  });

  it("is told once when several ticks come at once, paused or not", async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: 1e6 }), fc.boolean(), async (seed, paused) => {
        const world = await aWorld(NEXT, { seed });
        if (paused) await pause(world);
        const { run } = await world.scheduler.until(opening(world, { callback: CALLBACK }));
        const runs = [0, 1, 2].map(() => world.run(world.tickEvent(), { slowMs: 300 }));
        await world.scheduler.until(Promise.all([run, ...runs]));
        await world.minutes(1);
        expect(world.callbacks.told).toHaveLength(1);
      }),
      { numRuns: 12 },
    );
  });

  it("hears one answer, wherever the run that answers is killed", async () => {
    let ended: unknown = "killed";
    for (let turn = 1; ended === "killed"; turn++) {
      const world = await aWorld();
      const asked = { callback: CALLBACK, timeoutMs: 4 * MINUTE, run: { diesAtTurn: turn } };
      const { run } = await world.scheduler.until(opening(world, asked));
      ended = await world.scheduler.until(run);
      // What was proven may be lost before the next run looks.
      world.provider.faults.add({ kind: "evict", at: world.now });
      await world.pass(5 * MINUTE);
      await world.minutes(3);
      const { answer, calledBackAt } = await gateOf(world);
      const passed = new Set(world.callbacks.told.map((told) => told.passed));
      expect(calledBackAt).toBeDefined();
      expect(passed).toEqual(new Set([answer?.result === "warm"]));
    }
  });

  it("keeps nothing warm any more once the answer is cold, though it cannot be told", async () => {
    const world = await aWorld([...NEXT, TOO_SMALL]);
    const touches = watch(world);
    world.callbacks.fails = true;
    await ask(world, { callback: CALLBACK, timeoutMs: 30 * MINUTE });
    const since = world.now;
    await world.minutes(15);
    expect(kindsOf(touches, "green", since)).toEqual([]);
  });

  it("is given up after an hour: its deployment has ended by itself", async () => {
    const world = await aWorld();
    world.callbacks.fails = true;
    await ask(world, { callback: CALLBACK });
    await world.pass(61 * MINUTE);
    await world.minutes(1);
    expect(world.control.control.candidate?.gates ?? []).toEqual([]);
    expect(await world.minutes(1)).not.toMatchObject([{ outcome: "callback_failed" }]);
  });
});

describe("an opening that dies", () => {
  it("anywhere is completed by asking again under the same id", async () => {
    for (let turn = 1; turn < 12; turn++) {
      const world = await aWorld(NEXT, { seed: turn });
      const dying = new Worker(world.scheduler, { diesAtTurn: turn });
      const ports = {
        ...world.ports(dying),
        events: dying.taking(world.events),
        warm: { start: async () => {} },
      };
      const request = { color: "green", minCoverage: 1, timeoutMs: 5 * MINUTE, failDeployment: false };
      const dead = openGate(ports, world.config, request, { id: "gate-1", by: "test" });
      await world.scheduler.until(Promise.race([dead, dying.death]));
      await world.minutes(1);
      expect(await ask(world)).toMatchObject({ answer: { result: "warm" } });
      expect(await world.minutes(1)).toMatchObject([{ healthy: true }]);
    }
  });
});

describe("a candidate that was found warm", () => {
  it("stays warm until the flip may come, and is left alone afterwards", async () => {
    const world = await aWorld();
    const touches = watch(world);
    const { answer } = await ask(world);
    const until = (answer?.at ?? 0) + CONFIG.keepPreviousMs;
    while (world.now + MINUTE < until) await world.minutes(1);
    const kinds = kindsOf(touches, "green");
    expect(kinds.slice(0, 2)).toEqual(["fill", "read"]);
    expect(kinds.slice(1).every((kind) => kind === "read")).toBe(true);
    const last = touches.findLast(({ words }) => words === "green");
    expect(until - (last?.at ?? 0)).toBeLessThan(TTL_MS["5m"]);
    await world.minutes(2);
    const since = world.now;
    await world.minutes(12);
    expect(kindsOf(touches, "green", since)).toEqual([]);
  });

  it("ends with `retire`, which is refused while the gate is open", async () => {
    const world = await aWorld();
    await world.scheduler.until(opening(world, { run: { diesAtTurn: 1 } }));
    await expect(retire(world, "green")).rejects.toThrow(/gate on green is open/);
    await world.pass(2 * MINUTE);
    await world.minutes(1);
    await retire(world, "green");
    const touches = watch(world);
    await world.minutes(10);
    expect(kindsOf(touches, "green")).toEqual([]);
  });
});

describe("a candidate that was found cold", () => {
  it("is never touched again", async () => {
    const world = await aWorld([...NEXT, TOO_SMALL]);
    await ask(world);
    const touches = watch(world);
    await world.minutes(12);
    expect(kindsOf(touches, "green")).toEqual([]);
    expect(kindsOf(touches, "blue").length).toBeGreaterThan(2);
  });
});

describe("the live color", () => {
  it("shares a prefix of equal bytes with the candidate: it is touched once for both", async () => {
    const world = await MemoryWorld.live([...LIVE, aPrompt("triage", { tokens: 600 })]);
    await world.minutes(1);
    await world.publish("green", "2", [...NEXT, aPrompt("triage", { tokens: 600 })]);
    const touches = watch(world);
    expect(await ask(world)).toMatchObject({ progress: { warm: 2, required: 2 } });
    await world.minutes(12);
    const starts = touches.filter(({ words }) => words === "triage").map(({ at }) => at);
    expect(starts.length).toBeGreaterThan(2);
    const gaps = starts.slice(1).map((at, i) => at - (starts[i] ?? 0));
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(2 * MINUTE);
  });

  /** Green takes many runs, each of which holds the lease for longer than a minute. */
  async function aSlowCandidate(seconds: number, prompts: number, seed = 1) {
    const latency = () => ({ firstByteMs: seconds * 500, totalMs: seconds * SECOND });
    const next = Array.from({ length: prompts }, (_, i) =>
      aPrompt(`desk-${i}`, { words: `green ${i}`, tokens: 600 }),
    );
    const world = await aWorld(next, { seed, provider: { latency } });
    return { world, touches: watch(world) };
  }

  it.each([1, 5, 12, 20])(
    "is no colder for a gate whose requests take %d s, where two ticks in a row meet its run",
    async (seconds) => {
      const { world, touches } = await aSlowCandidate(seconds, 200);
      await world.pass(START + 3 * MINUTE + 58 * SECOND - world.now);
      await world.scheduler.until(opening(world, { timeoutMs: 20 * MINUTE }));
      for (const second of [5, 70, 134, 185, 250]) {
        await world.pass(START + 4 * MINUTE + second * SECOND - world.now);
        void world.run(world.tickEvent());
      }
      await world.pass(2 * MINUTE);
      expect(kindsOf(touches, "blue").length).toBeGreaterThan(1);
      expect(kindsOf(touches, "blue")).not.toContain("fill");
    },
  );

  it("is no colder for any gate, whenever the ticks fall", async () => {
    const aSeed = fc.integer({ min: 0, max: 1e6 });
    await fc.assert(
      fc.asyncProperty(
        aSeed,
        fc.integer({ min: 1, max: 25 }),
        fc.integer({ min: 4, max: 60 }),
        async (seed, seconds, prompts) => {
          const { world, touches } = await aSlowCandidate(seconds, prompts, seed);
          await world.pass(MINUTE + chance(seed, 1) * 2 * MINUTE);
          const start = Math.floor(world.now / MINUTE) * MINUTE;
          await world.scheduler.until(opening(world, { timeoutMs: 9 * MINUTE }));
          for (let minute = 1; minute < 9; minute++) {
            await world.pass(Math.max(0, start + (minute + chance(seed, 2, minute)) * MINUTE - world.now));
            void world.run(world.tickEvent());
          }
          await world.pass(2 * MINUTE);
          expect(kindsOf(touches, "blue")).not.toContain("fill");
        },
      ),
      { numRuns: 8 },
    );
  });
});

describe("a gate and an operator", () => {
  it("who pauses goes on with the next gate after a resume", async () => {
    const world = await aWorld();
    await pause(world);
    expect(await ask(world)).toMatchObject({ answer: { result: "inconclusive" } });
    await resume(world);
    expect(await ask(world, { id: "gate-2" })).toMatchObject({ answer: { result: "warm" } });
  });

  it("who pauses in the middle is answered, and nothing more is sent", async () => {
    const world = await aWorld();
    const opened = await world.scheduler.until(opening(world, { run: { timeoutMs: 66 * SECOND } }));
    await world.scheduler.until(opened.run);
    const ports = world.ports(new Worker(world.scheduler));
    await world.scheduler.until(pauseByOperator(ports, { by: "ops", reason: "looking" }, "pause"));
    const touches = watch(world);
    await world.minutes(1);
    expect(touches).toEqual([]);
    expect(await gateOf(world)).toMatchObject({ answer: { result: "inconclusive" } });
  });
});
