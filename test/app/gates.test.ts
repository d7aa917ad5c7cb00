import { describe, expect, it } from "vitest";
import { ControlSession } from "../../lib/app/control-session.ts";
import { StateUnreadable } from "../../lib/app/errors.ts";
import { answerGates, type RunSoFar } from "../../lib/app/gates.ts";
import { type Gate, type GateResult, MAX_GATE_MS } from "../../lib/core/release/gate.ts";
import { aWarmState } from "../core/samples.ts";
import { type Asked, gateOf, opening } from "../support/memory/acts.ts";
import { Worker } from "../support/memory/scheduler.ts";
import { CONFIG, MemoryWorld, MINUTE } from "../support/memory/world.ts";
import { aPrompt } from "../support/prompts.ts";

const CALLBACK = { deploymentId: "d-1", hookExecutionId: "hook-1" };
const KEEP = CONFIG.keepPreviousMs;

/** Blue is live; before green these gates are open, which no run has looked at yet. */
async function aWorld(...asked: readonly Asked[]): Promise<MemoryWorld> {
  const world = await MemoryWorld.live([aPrompt("support", { words: "blue", tokens: 600 })]);
  await world.publish("green", "2", [aPrompt("support", { words: "green", tokens: 600 })]);
  for (const one of asked) {
    await world.scheduler.until(opening(world, { ...one, run: { diesAtTurn: 1 } }));
  }
  return world;
}

/** One look at the gates, as a run takes it at its end. */
async function look(world: MemoryWorld, run: Partial<RunSoFar> = {}) {
  const held = await world.control.read();
  if (held === undefined) throw new Error("there is no control item");
  const { gates, callbacks, manifests, prefixes, usage } = world;
  const clock = new Worker(world.scheduler);
  const ports = { clock, gates, callbacks, manifests, prefixes, usage };
  const session = new ControlSession(world.control, `look at ${world.now}`, held);
  return answerGates(ports, session, CONFIG, { outcome: "warmed", results: [], ...run });
}

/** Green is proven warm from now on, for as long as its TTL lasts. */
async function prove({ manifests, prefixes, now }: MemoryWorld): Promise<void> {
  const entries = manifests.stored.get("green")?.entries ?? [];
  await prefixes.save(
    entries.map(({ name, fingerprint }) => aWarmState({ name, fingerprint, lastStart: now, provenAt: now })),
  );
}

/** Has a gate been answered already, by an earlier run. */
async function answer(world: MemoryWorld, id: string, result: GateResult, fields: Partial<Gate> = {}) {
  const gate = await gateOf(world, id);
  await world.gates.put({ ...gate, answer: { result, reason: "as proven", at: world.now }, ...fields });
}

const candidateOf = ({ control }: MemoryWorld) => control.control.candidate;

describe("a look at an open gate", () => {
  it("leaves it open while nothing is proven: nobody is told, and nothing failed", async () => {
    const world = await aWorld({ id: "a", callback: CALLBACK });
    expect(await look(world)).toBeUndefined();
    expect((await gateOf(world, "a")).progress).toMatchObject({ warm: 0, required: 1 });
    expect(world.callbacks.told).toEqual([]);
    expect(candidateOf(world)).toMatchObject({ color: "green", gates: ["a"] });
  });

  it("takes none of several for another", async () => {
    const world = await aWorld({ id: "a" }, { id: "b", timeoutMs: 20 * MINUTE });
    await look(world);
    expect(candidateOf(world)).toMatchObject({ gates: ["a", "b"], until: world.now + 20 * MINUTE });
  });

  it("answers it though another one still waits to be handed on", async () => {
    const world = await aWorld({ id: "a", callback: CALLBACK }, { id: "b" });
    await answer(world, "a", "warm");
    world.callbacks.fails = true;
    await prove(world);
    await look(world);
    expect((await gateOf(world, "b")).answer).toMatchObject({ result: "warm", at: world.now });
    expect(candidateOf(world)?.gates).toEqual(["a"]);
  });

  it("says that a callback failed, whatever else is open", async () => {
    const world = await aWorld({ id: "a", callback: CALLBACK }, { id: "b" });
    await answer(world, "a", "warm");
    world.callbacks.fails = true;
    expect(await look(world)).toBe("callback_failed");
    expect(candidateOf(world)?.gates).toEqual(["a", "b"]);
  });

  it("goes on warming its color after a cold answer to another one that cannot be handed on", async () => {
    const world = await aWorld({ id: "a", callback: CALLBACK }, { id: "b", timeoutMs: 20 * MINUTE });
    const until = world.now + 20 * MINUTE;
    await answer(world, "a", "cold");
    world.callbacks.fails = true;
    await look(world);
    expect(candidateOf(world)).toEqual({ color: "green", gates: ["a", "b"], until });
  });

  it.each<[string, (world: MemoryWorld) => unknown]>([
    ["manifests", ({ manifests }) => Object.assign(manifests, { unavailable: true })],
    ["prefixes", ({ prefixes }) => Object.assign(prefixes, { unavailable: () => true })],
  ])("answers nothing while the %s cannot be read: the next look may", async (_what, breaks) => {
    const world = await aWorld({ id: "a", callback: CALLBACK });
    breaks(world);
    await expect(look(world)).rejects.toThrow(StateUnreadable);
    expect(await gateOf(world, "a")).not.toHaveProperty("answer");
    expect(candidateOf(world)?.gates).toEqual(["a"]);
    expect(world.callbacks.told).toEqual([]);
  });
});

describe("a gate whose item is not there", () => {
  it.each([
    { what: "alone", others: [], left: [] },
    { what: "beside an open one", others: [{ id: "b" }], left: ["b"] },
  ])("is waited for by nobody, $what", async ({ others, left }) => {
    const world = await aWorld({ id: "a" }, ...others);
    world.control.edit((control) => {
      const { candidate } = control;
      if (candidate === undefined) throw new Error("nobody asks");
      return { ...control, candidate: { ...candidate, gates: ["lost", ...left] } };
    });
    expect(await look(world)).toBeUndefined();
    expect(candidateOf(world)?.gates ?? []).toEqual(left);
  });
});

describe("a gate that has its answer", () => {
  it.each<[GateResult, boolean, boolean]>([
    ["warm", false, true],
    ["warm", true, true],
    ["cold", false, false],
    ["cold", true, false],
    ["inconclusive", false, true],
    ["inconclusive", true, false],
  ])("of %s (strict: %s) is handed on: %s", async (result, failDeployment, passed) => {
    const world = await aWorld({ id: "a", callback: CALLBACK, failDeployment });
    await answer(world, "a", result);
    expect(await look(world)).toBeUndefined();
    expect(world.callbacks.told).toEqual([{ callback: CALLBACK, passed }]);
    expect(await gateOf(world, "a")).toMatchObject({ calledBackAt: world.now, answer: { result } });
    expect(candidateOf(world)?.gates ?? []).toEqual([]);
  });

  it("is handed on while neither manifests nor prefixes can be read", async () => {
    const world = await aWorld({ id: "a", callback: CALLBACK });
    await answer(world, "a", "warm");
    world.manifests.unavailable = true;
    world.prefixes.unavailable = () => true;
    await look(world);
    expect(world.callbacks.told).toEqual([{ callback: CALLBACK, passed: true }]);
  });

  it("is not handed on again by a run after one that died once it had been", async () => {
    const world = await aWorld({ id: "a", callback: CALLBACK });
    await answer(world, "a", "warm", { calledBackAt: world.now });
    expect(await look(world)).toBeUndefined();
    expect(world.callbacks.told).toEqual([]);
    expect(candidateOf(world)?.gates).toEqual([]);
  });

  it("costs no write for a look that changes nothing about it", async () => {
    const world = await aWorld({ id: "a", callback: CALLBACK });
    await answer(world, "a", "warm");
    world.callbacks.fails = true;
    await look(world);
    world.gates.put = () => Promise.reject(new Error("there is nothing to store"));
    const { item } = world.control;
    expect(await look(world)).toBe("callback_failed");
    expect(world.control.item).toBe(item);
  });

  it("ends the run with an error that is not the deployment's, and is still to be handed on", async () => {
    const world = await aWorld({ id: "a", callback: CALLBACK });
    await answer(world, "a", "warm");
    world.callbacks.tell = () => Promise.reject(new TypeError("no such method"));
    await expect(look(world)).rejects.toThrow("no such method");
    expect(await gateOf(world, "a")).not.toHaveProperty("calledBackAt");
    expect(candidateOf(world)?.gates).toEqual(["a"]);
  });
});

describe("an answer that cannot be handed on", () => {
  it.each([
    { age: MAX_GATE_MS - 1, outcome: "callback_failed", left: ["a"] },
    { age: MAX_GATE_MS, outcome: undefined, left: [] },
    { age: MAX_GATE_MS + 1, outcome: undefined, left: [] },
  ])("is tried until it is an hour old: at $age ms, $outcome", async ({ age, outcome, left }) => {
    const world = await aWorld({ id: "a", callback: CALLBACK });
    await answer(world, "a", "warm");
    world.callbacks.fails = true;
    await world.pass(age);
    expect(await look(world)).toBe(outcome);
    expect(candidateOf(world)?.gates).toEqual(left);
  });
});

describe("the color of a warm answer", () => {
  it("is kept warm for the flip from the latest proof on, in whichever order they were found", async () => {
    const world = await aWorld({ id: "a", callback: CALLBACK }, { id: "b", callback: CALLBACK }, { id: "c" });
    world.callbacks.fails = true;
    await answer(world, "c", "warm");
    await world.pass(2 * MINUTE);
    await answer(world, "a", "warm");
    const latest = world.now;
    await world.pass(MINUTE);
    await answer(world, "b", "cold");
    await look(world);
    expect(candidateOf(world)).toEqual({ color: "green", gates: ["a", "b"], until: latest + KEEP });
  });
});

describe("what people hear of a gate", () => {
  it.each([
    { failDeployment: false, ending: "goes on" },
    { failDeployment: true, ending: "is stopped" },
  ])("is who asked, when, why it has no answer, and that the release $ending", async (asked) => {
    const world = await aWorld({ id: "a", failDeployment: asked.failDeployment });
    const openedAt = new Date(world.now).toISOString();
    await world.pass(MINUTE);
    await answer(world, "a", "inconclusive");
    await look(world);
    expect(world.control.control.news).toEqual([
      {
        at: world.now,
        subject: "gate on green: inconclusive",
        message: [
          `A gate on green could not be answered; the release ${asked.ending}.`,
          `Opened: ${openedAt} by test`,
          "Reason: as proven",
          "Next: warmer status",
        ].join("\n"),
      },
    ]);
  });

  it.each<GateResult>(["warm", "cold"])("is nothing where it was answered: %s", async (result) => {
    const world = await aWorld({ id: "a" });
    await answer(world, "a", result);
    expect(await look(world)).toBeUndefined();
    expect(world.control.control.news).toBeUndefined();
    expect(world.callbacks.told).toEqual([]);
    expect(candidateOf(world)?.gates ?? []).toEqual([]);
  });
});
