import { describe, expect, it } from "vitest";
import { gateDesk } from "../../lib/app/gate-desk.ts";
import { gateOf, opening } from "../support/memory/acts.ts";
import { Worker } from "../support/memory/scheduler.ts";
import { CONFIG, MemoryWorld } from "../support/memory/world.ts";
import { aPrompt } from "../support/prompts.ts";

const WHY = {
  message: "the table does not answer; the release goes on without proof",
  reason: "the table does not answer",
  runId: "run-1",
};

function deskOf(world: MemoryWorld) {
  const warm = { start: async () => {} };
  const ports = { ...world.ports(new Worker(world.scheduler)), events: world.events, warm };
  return gateDesk(ports, CONFIG);
}

const newsOf = ({ control }: MemoryWorld) => control.control.news ?? [];

describe("a release that is answered without proof", () => {
  it("leaves its gate answered, the warm cycle free of it, and people told", async () => {
    const world = await MemoryWorld.live([aPrompt("support")]);
    await world.publish("green", "2", [aPrompt("support", { words: "green" })]);
    const other = await world.scheduler.until(opening(world, { id: "other" }));
    const { gate } = await world.scheduler.until(opening(world));
    const at = world.now;
    await world.scheduler.until(deskOf(world).giveUp(gate, { ...WHY, at }));
    const answer = { result: "inconclusive", reason: "the table does not answer", at };
    expect(await gateOf(world)).toEqual({ ...gate, answer });
    expect((await gateOf(world, "other")).answer).toEqual(other.gate.answer);
    expect(world.control.control.candidate?.gates).toEqual(["other"]);
    expect(newsOf(world)).toMatchObject([
      {
        at,
        subject: "a release was answered without proof",
        message:
          "ECS asked for a gate: the table does not answer; the release goes on without proof.\nNext: warmer status",
      },
    ]);
  });

  it("is told where there was no gate, and stores none", async () => {
    const world = await MemoryWorld.live([aPrompt("support")]);
    world.gates.put = () => Promise.reject(new Error("there is no gate to store"));
    await world.scheduler.until(deskOf(world).giveUp(undefined, { ...WHY, at: world.now }));
    expect(newsOf(world).map(({ subject }) => subject)).toEqual(["a release was answered without proof"]);
  });

  it("is told to nobody before the warmer was initialised", async () => {
    const world = new MemoryWorld();
    await world.scheduler.until(deskOf(world).giveUp(undefined, { ...WHY, at: world.now }));
    expect(world.control.item).toBeUndefined();
  });
});
