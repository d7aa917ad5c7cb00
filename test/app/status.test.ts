import { describe, expect, it } from "vitest";
import { pauseByOperator } from "../../lib/app/pause.ts";
import { Worker } from "../support/memory/scheduler.ts";
import { HOUR, MemoryWorld, MINUTE, SECOND } from "../support/memory/world.ts";
import { aPrompt } from "../support/prompts.ts";

const SUPPORT = aPrompt("support");

describe("status", () => {
  it("of a warm release is healthy, and shows each prefix's proof against its TTL", async () => {
    const world = await MemoryWorld.live([SUPPORT, aPrompt("triage", { ttl: "1h" })]);
    await world.minutes(1);
    const status = await world.status();
    expect(status).toMatchObject({
      healthy: true,
      state: "running",
      live: { kind: "target", color: "blue", release: "1", version: 1 },
      prefixes: [
        { name: "support", proof: "warm", ttl: "5m" },
        { name: "triage", proof: "warm", ttl: "1h" },
      ],
    });
    for (const { provenAt = 0, aliveUntil, ttl } of status.prefixes) {
      expect(aliveUntil).toBe(provenAt + (ttl === "5m" ? 5 * MINUTE : HOUR));
    }
  });

  it.each([
    { proof: "cold", when: "nothing was sent yet", prepare: async () => undefined },
    {
      proof: "filled",
      when: "no read has confirmed the fill",
      prepare: (world: MemoryWorld) => world.tick({ timeoutMs: 36 * SECOND }),
    },
    { proof: "warm", when: "a read has", prepare: (world: MemoryWorld) => world.tick() },
    {
      proof: "cold",
      when: "the TTL is over",
      prepare: async (world: MemoryWorld) => {
        await world.tick();
        await world.pass(5 * MINUTE + 3 * SECOND);
      },
    },
  ])("says $proof when $when", async ({ proof, prepare }) => {
    const world = await MemoryWorld.live([SUPPORT]);
    await world.tick({ timeoutMs: 30 * SECOND });
    await prepare(world);
    const status = await world.status();
    expect(status.prefixes).toMatchObject([{ name: "support", proof }]);
    expect(status.healthy).toBe(proof === "warm");
  });

  it("says stopped, and why, of what cannot be kept warm", async () => {
    const world = await MemoryWorld.live([aPrompt("support", { tokens: 400 })]);
    await world.tick();
    expect(await world.status()).toMatchObject({
      healthy: false,
      prefixes: [{ proof: "stopped", stopped: "not_cached" }],
    });
  });

  it("shows only what is served, after a flip", async () => {
    const world = await MemoryWorld.live([SUPPORT]);
    await world.publish("green", "2", [aPrompt("other")]);
    await world.minutes(1);
    await world.flip("green");
    expect((await world.status()).healthy).toBe(false);
    await world.minutes(1);
    const status = await world.status();
    expect(status.prefixes.filter(({ beside }) => beside !== true).map(({ name }) => name)).toEqual([
      "other",
    ]);
    expect(status.beside).toMatchObject([{ color: "blue", role: "previous" }]);
    expect(status.flip).toMatchObject({ from: "blue", to: "green", version: 2 });
    expect(status.healthy).toBe(true);
  });

  it("shows who paused, why and since when", async () => {
    const world = await MemoryWorld.live([SUPPORT]);
    await world.minutes(1);
    const ports = world.ports(new Worker(world.scheduler));
    await world.scheduler.until(pauseByOperator(ports, { by: "ops", reason: "looking" }, "pause"));
    expect(await world.status()).toMatchObject({
      healthy: false,
      state: "paused",
      generation: 2,
      paused: { by: "ops", reason: "looking", at: world.now },
    });
  });

  it("shows the money of the windows that are open now", async () => {
    const world = await MemoryWorld.live([SUPPORT]);
    await world.tick();
    const { spend } = await world.status();
    expect(spend).toMatchObject({ hourlyLimit: 1_000_000, dailyLimit: 5_000_000 });
    expect(spend?.hour).toBe(world.control.control.ledger.hour.spent);
    await world.pass(HOUR);
    expect((await world.status()).spend).toMatchObject({ hour: 0, day: spend?.day });
  });

  it.each([
    { color: undefined, outcome: "no_target" },
    { color: "", outcome: "empty_color" },
    { color: "purple", outcome: "unknown_color" },
    { color: "green", outcome: "no_manifest" },
  ])("of a live color $color is not healthy: $outcome", async ({ color, outcome }) => {
    const world = await MemoryWorld.live([SUPPORT]);
    await world.minutes(1);
    world.liveColor.value = color;
    expect(await world.status()).toMatchObject({ healthy: false, live: { kind: "fault", outcome } });
  });

  it("before init says so", async () => {
    const status = await new MemoryWorld().status();
    expect(status).toMatchObject({ healthy: false, state: "not_initialised", prefixes: [] });
    expect(status.spend).toBeUndefined();
  });
});
