import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { mostInFlight } from "../../lib/local/provider/request-log.ts";
import { aPrompt } from "../support/prompts.ts";
import { MINUTE, World } from "../support/world.ts";
import { billed, spent } from "./money.ts";
import { fills } from "./release-acts.ts";
import { withTemplate } from "./variants.ts";

/** A second schedule with ids and seconds of its own, as a second stack on the same table has. */
function withSecondStack(): string {
  return withTemplate(inject("assembly"), ({ Resources }) => {
    const ofTick = Object.keys(Resources).filter((id) => id.startsWith("WarmerWarmTick"));
    const twins = ofTick.map((id) => [
      `Twin${id}`,
      JSON.parse(JSON.stringify(Resources[id]).replaceAll('"WarmerWarmTick', '"TwinWarmerWarmTick')),
    ]);
    Object.assign(Resources, Object.fromEntries(twins));
  });
}

const prompts = [aPrompt("support"), aPrompt("triage")];

let world: World;
beforeAll(async () => {
  world = await World.live(prompts, { assembly: withSecondStack() });
});
afterAll(() => world.stop());

describe("two stacks on one table", () => {
  it("fill once, touch each prefix as often as one would, and count what was spent once", async () => {
    await world.pass(20 * MINUTE);
    expect(world.ran().length).toBeGreaterThan(30);
    expect(fills(world, 0)).toHaveLength(prompts.length);
    const touches = world.touches();
    for (const one of new Set(touches.map(({ fingerprint }) => fingerprint))) {
      const mine = touches.filter(({ fingerprint }) => fingerprint === one);
      expect(mostInFlight(mine)).toBe(1);
      // The first is the fill, the second confirms it. Then the rule of due times allows none before 155 s.
      const starts = mine.slice(1).map(({ at }) => at);
      const gaps = starts.slice(1).map((at, i) => at - (starts[i] ?? 0));
      expect(gaps.length).toBeGreaterThanOrEqual(4);
      expect(Math.min(...gaps)).toBeGreaterThanOrEqual(155_000);
    }
    // Each touch is rounded up to a micro-dollar.
    const roundedUp = (await spent(world)) - billed(world);
    expect(roundedUp).toBeGreaterThanOrEqual(0);
    expect(roundedUp).toBeLessThanOrEqual(touches.length);
    expect(world.allFired()).toEqual([]);
  });
});

describe("a write where a read was due", () => {
  it("is counted once, and alarmed when it comes again within ten minutes", async () => {
    const from = world.engine.now();
    const evict = () => world.provider.faults.add({ kind: "evict", at: world.engine.now() });
    evict();
    await world.pass(6 * MINUTE);
    expect(fills(world, from)).toHaveLength(prompts.length);
    expect(world.fired("UnexpectedFills", from)).toEqual([]);
    evict();
    await world.pass(6 * MINUTE);
    expect(world.fired("UnexpectedFills", from)).toHaveLength(1);
  });
});
