import pMap from "p-map";
import { describe, expect, it } from "vitest";
import { mostInFlight } from "../../lib/local/provider/request-log.ts";
import { aPrompt } from "../support/prompts.ts";
import { CONFIG, MINUTE, World } from "../support/world.ts";

const RUNS = 20;
const AT_ONCE = 4;

/** As many prompts as requests may be in flight at once. */
const prompts = Array.from({ length: CONFIG.concurrency }, (_, i) => aPrompt(`prompt-${i}`));

/** A few minutes of a world, and everything that could be seen of it, as text. */
async function play(seed: string, minutes: number): Promise<{ world: World; seen: string }> {
  const world = await World.live(prompts, { seed });
  await world.pass(minutes * MINUTE);
  await world.stop();
  const requests = world.provider.log.map((request) => JSON.stringify(request)).sort();
  const events = world.engine.journal.sorted().map((event) => JSON.stringify(event));
  return { world, seen: [...events, ...requests].join("\n") };
}

describe("eight due prefixes", () => {
  it("are touched eight at once, and never two at once for one fingerprint", async () => {
    const { world } = await play("test", 9);
    const touches = world.touches();
    expect(new Set(touches.map(({ fingerprint }) => fingerprint)).size).toBe(8);
    expect(mostInFlight(touches)).toBe(8);
    for (const { fingerprint } of touches)
      expect(mostInFlight(touches.filter((touch) => touch.fingerprint === fingerprint))).toBe(1);
  });
});

describe("a run", () => {
  it(`is the same ${RUNS} times with one seed, to the last byte, and another with another seed`, async () => {
    const seeds = [...Array.from({ length: RUNS }, () => "one"), "another"];
    // Several at a time, so that they disturb each other as a busy machine would.
    const runs = await pMap(seeds, async (seed) => (await play(seed, 2)).seen, { concurrency: AT_ONCE });
    const other = runs.pop();
    expect(runs[0]?.length).toBeGreaterThan(10_000);
    expect(new Set(runs).size).toBe(1);
    expect(runs).not.toContain(other);
  });
});
