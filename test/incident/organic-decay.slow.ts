import { afterEach, expect, it } from "vitest";
import { readStatus } from "../../lib/app/status.ts";
import type { MetricPoint } from "../../lib/core/metrics.ts";
import { organicHitRate, organicTotals } from "../../lib/core/usage/organic.ts";
import { aPrompt } from "../support/prompts.ts";
import { CONFIG, HOUR, MINUTE, World } from "../support/world.ts";
import { personal, SHARED_KEYS, Traffic } from "./organic-traffic.ts";
import { fills } from "./release-acts.ts";

const TOKENS = 3_000;
const blue = aPrompt("support", { tokens: TOKENS });
const green = aPrompt("support", { words: "green support", tokens: TOKENS });

let world: World;
afterEach(() => world.stop());

/** The last value that the monitor published. */
function gauge(name: MetricPoint["name"]): number | undefined {
  const points = world.engine.journal.events.flatMap((event) =>
    event.kind === "invoked" && event.function.startsWith("WarmerMonitor") && event.error === undefined
      ? (event.result as { points: MetricPoint[] }).points
      : [],
  );
  return points.findLast((point) => point.name === name)?.value;
}

const CASES = [
  {
    what: "without a flip falls below its floor",
    flips: false,
    // Every request begins with its customer's name.
    changes: () => true,
    stays: { from: 0, to: 0.5 },
  },
  {
    what: "with a flip falls by 20 points, and no lower than its floor",
    flips: true,
    // One in three does.
    changes: (request: number) => request % 3 === 0,
    stays: { from: CONFIG.organic.minHitRate, to: 0.7 },
  },
];

it.each(CASES)(
  "an application whose hit rate of 91 % $what is heard within 20 minutes, while the daily average looks well",
  async ({ flips, changes, stays }) => {
    world = await World.live([blue], { provider: { keys: SHARED_KEYS } });
    await world.publish("green", "2", [green]);
    const traffic = new Traffic(world, flips ? green : blue);
    traffic.prompt = () => blue;
    await traffic.remember({ tokens: TOKENS });
    traffic.start();
    await world.pass(4 * MINUTE);
    expect(gauge("OrganicHitRate")).toBeCloseTo(0.91, 1);
    expect(world.allFired()).toEqual([]);

    const decaysAt = world.engine.now();
    if (flips) await world.flip("green");
    const now = flips ? green : blue;
    traffic.prompt = (request) => (changes(request) ? personal(now, `Customer ${request}.`) : now);
    await world.pass(20 * MINUTE);

    expect(world.fired("OrganicHitRateLow", decaysAt)).toHaveLength(1);
    expect(gauge("OrganicHitRate")).toBeGreaterThanOrEqual(stays.from);
    expect(gauge("OrganicHitRate")).toBeLessThan(stays.to);
    const { operator } = world.warmer;
    const day = organicTotals(
      await operator.usage.between(world.engine.now() - 24 * HOUR, world.engine.now()),
    );
    expect(organicHitRate(day)).toBeGreaterThan(0.85);

    // The warmer is well, and says why the application is not.
    expect(world.allFired()).toEqual([expect.stringContaining("OrganicHitRateLow")]);
    expect(gauge("WarmShare")).toBe(1);
    expect(fills(world, decaysAt + MINUTE)).toEqual([]);
    const status = await readStatus(operator, CONFIG);
    expect(status.healthy).toBe(true);
    expect(status.organic?.misses.bytes_differ).toBeGreaterThan(15);
    expect(traffic.guarded.findLast(({ kind }) => kind === "differs")).toMatchObject({
      path: "system[0]",
    });
  },
);
