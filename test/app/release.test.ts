import { describe, expect, it } from "vitest";
import { Refused } from "../../lib/app/errors.ts";
import { flip } from "../../lib/app/flip.ts";
import { initWarmer } from "../../lib/app/init.ts";
import { publishRelease } from "../../lib/app/publish.ts";
import { makeRelease } from "../../lib/app/release.ts";
import { Worker } from "../support/memory/scheduler.ts";
import { CONFIG, MemoryWorld, START, withLimits } from "../support/memory/world.ts";
import { aPrompt } from "../support/prompts.ts";

const SUPPORT = aPrompt("support");

const init = (world: MemoryWorld, color = "blue") =>
  world.scheduler.until(
    initWarmer({ ...world.ports(new Worker(world.scheduler)), liveColor: world.liveColor }, color, "init"),
  );

const flipTo = (world: MemoryWorld, color: string) =>
  world.scheduler.until(
    flip(world.flipPorts(), world.config, { to: color, force: { by: "operator", reason: "a test" } }),
  );

describe("init", () => {
  it("creates the live-color parameter and the control item", async () => {
    const world = new MemoryWorld();
    expect(await init(world)).toEqual({ liveColor: "created", control: "created" });
    expect(world.liveColor.value).toBe("blue");
    expect(world.control.control).toMatchObject({ generation: 1, createdAt: world.now });
  });

  it("overwrites neither when it is run again, with another color or after money was spent", async () => {
    const world = await MemoryWorld.live([SUPPORT]);
    await world.tick();
    const before = world.control.item;
    expect(await init(world, "green")).toEqual({ liveColor: "kept", control: "kept" });
    expect(world.liveColor.value).toBe("blue");
    expect(world.control.item).toBe(before);
  });

  it("creates what is missing, and only that", async () => {
    const world = new MemoryWorld();
    await init(world);
    world.liveColor.value = undefined;
    expect(await init(world, "green")).toEqual({ liveColor: "created", control: "kept" });
  });

  it("refuses to stand in for a ledger that was lost", async () => {
    const world = await MemoryWorld.live([SUPPORT]);
    await world.tick();
    world.control.item = undefined;
    await expect(init(world)).rejects.toThrow(Refused);
    expect(world.control.item).toBeUndefined();
  });

  it("by two operators at once creates one item", async () => {
    const world = new MemoryWorld();
    const reports = await Promise.all([init(world), init(world)]);
    expect(reports.map(({ control }) => control).sort()).toEqual(["created", "kept"]);
  });
});

describe("flip", () => {
  async function aWorld(): Promise<MemoryWorld> {
    const world = await MemoryWorld.live([SUPPORT]);
    await world.publish("green", "2", [SUPPORT]);
    return world;
  }

  it("writes the switch, and tells from what to what", async () => {
    const world = await aWorld();
    expect(await flipTo(world, "green")).toEqual({
      from: "blue",
      to: "green",
      version: 2,
      gate: "forced",
    });
    expect(world.liveColor.value).toBe("green");
  });

  it.each([
    ["a color that is not configured", "purple", /must be one of blue, green, got "purple"/],
    ["the color that is live", "blue", /live already/],
  ])("refuses %s, and leaves the switch alone", async (_what, color, message) => {
    const world = await aWorld();
    await expect(flipTo(world, color)).rejects.toThrow(message);
    expect(world.liveColor).toMatchObject({ value: "blue", version: 1 });
  });

  it("refuses a color that has no manifest, since the warmer could not follow", async () => {
    const world = await MemoryWorld.live([SUPPORT]);
    await expect(flipTo(world, "green")).rejects.toThrow(/no manifest; run `warmer publish/);
    expect(world.liveColor.value).toBe("blue");
  });

  it("refuses before init", async () => {
    await expect(flipTo(new MemoryWorld(), "green")).rejects.toThrow(/does not exist; run `warmer init/);
  });

  it("tells when somebody else flipped in between", async () => {
    const world = await aWorld();
    const read = world.liveColor.read.bind(world.liveColor);
    world.liveColor.read = async () => {
      const value = await read();
      await world.liveColor.write("green");
      return value;
    };
    await expect(flipTo(world, "green")).rejects.toThrow(/somebody else wrote/);
  });
});

describe("publish", () => {
  const publish = (world: MemoryWorld, release: Omit<Parameters<typeof publishRelease>[2], "by">) => {
    const ports = {
      ...world.ports(new Worker(world.scheduler)),
      manifests: world.manifests,
      events: world.events,
    };
    return world.scheduler.until(publishRelease(ports, world.config, { ...release, by: "test" }));
  };

  it("stores what the color serves from the next tick on", async () => {
    const world = new MemoryWorld();
    await world.init("blue");
    const { manifest, predictedFillCost } = await publish(world, {
      color: "blue",
      release: "2026-11-20.1",
      prompts: [SUPPORT],
    });
    expect(manifest).toMatchObject({ color: "blue", prefixes: 1, required: 1 });
    expect(await world.tick()).toMatchObject({ outcome: "warmed", release: "2026-11-20.1" });
    const { fillCost } = world.control.control.ledger.hour;
    expect(predictedFillCost).toBeGreaterThan(fillCost * 0.8);
    expect(predictedFillCost).toBeLessThan(fillCost * 1.2);
  });

  it("makes the same manifest of the same prompts in any order", () => {
    const prompts = [SUPPORT, aPrompt("triage"), aPrompt("returns")];
    const one = makeRelease(CONFIG, "blue", "1", prompts, START);
    const other = makeRelease(CONFIG, "blue", "2", prompts.toReversed(), START + 1);
    expect(one.manifest.digest).toBe(other.manifest.digest);
  });

  it("lists every fault at once, and stores nothing", async () => {
    const world = new MemoryWorld();
    const prompts = [
      { name: "a name", text: SUPPORT.text },
      { name: "broken", text: "{" },
      { name: "bare", text: '{"model":"claude-sonnet-5-5","messages":[]}' },
      SUPPORT,
      { name: "twin", text: SUPPORT.text },
      { name: "support", text: aPrompt("other").text },
    ];
    const refused = await publish(world, { color: "purple", release: "no/slash", prompts }).catch(String);
    for (const fault of ["purple", "no/slash", "a name", "broken", "bare", "twin", "two prompt files"]) {
      expect(refused).toContain(fault);
    }
    expect(world.manifests.stored.size).toBe(0);
  });

  it.each([
    { optional: [], required: ["support", "triage"] },
    { optional: ["triage"], required: ["support"] },
    { optional: "all", required: [] },
  ] as const)("makes what $optional names optional, and the rest required", ({ optional, required }) => {
    const prompts = [SUPPORT, aPrompt("triage")];
    const { manifest } = makeRelease(CONFIG, "blue", "1", prompts, START, optional);
    expect(manifest.entries.filter((entry) => entry.required).map(({ name }) => name)).toEqual(required);
    expect(manifest).toMatchObject({ prefixes: 2, required: required.length });
    const all = makeRelease(CONFIG, "blue", "1", prompts, START).manifest;
    expect(manifest.digest === all.digest).toBe(optional.length === 0);
  });

  it("refuses an optional prompt that the release does not have", () => {
    expect(() => makeRelease(CONFIG, "blue", "1", [SUPPORT], START, ["suport"])).toThrow(
      '--optional must name prompts of the release, or be `all`, got "suport"',
    );
  });

  it("refuses a release without a prompt: an empty target is no work that is done", () => {
    expect(() => makeRelease(CONFIG, "blue", "1", [], START)).toThrow(Refused);
  });

  it("quotes no prompt text in what it refuses", () => {
    const secret = "The canary sings at dawn";
    const text = `{"model":"claude-sonnet-5-5","system":"${secret}",}`;
    const refuse = () => makeRelease(CONFIG, "blue", "1", [{ name: "support", text }], START);
    expect(refuse).toThrow(Refused);
    expect(refuse).not.toThrow(secret);
  });

  it.each([
    { hourly: 0.001, daily: 5, says: "first hour" },
    { hourly: 1, daily: 1, says: "first day" },
  ])("refuses what limits of $hourly and $daily USD would starve in its $says", ({ hourly, daily, says }) => {
    const config = withLimits({ hourly, daily });
    const prompts = Array.from({ length: 10 }, (_, i) => aPrompt(`desk-${i}`));
    expect(() => makeRelease(config, "blue", "1", prompts, START)).toThrow(says);
  });
});
