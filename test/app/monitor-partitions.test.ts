import { describe, expect, it } from "vitest";
import { monitorPartitions } from "../../lib/app/monitor-partitions.ts";
import { resolveConfig } from "../../lib/core/config.ts";
import { configsOf } from "../../lib/core/partitions.ts";
import { pause } from "../support/memory/acts.ts";
import { Worker } from "../support/memory/scheduler.ts";
import { CONFIG, MemoryWorld } from "../support/memory/world.ts";
import { TEST_OPTIONS } from "../support/options.ts";
import { aPrompt } from "../support/prompts.ts";

const CONFIGS = configsOf(
  resolveConfig({ ...TEST_OPTIONS, partitions: ["eu", "us"].map((name) => ({ name, share: 0.5 })) }),
);

/** Partitions of one time; each of the first ones is initialised. */
async function worldsOf(configs: typeof CONFIGS, initialised = configs.length): Promise<MemoryWorld[]> {
  const worlds: MemoryWorld[] = [];
  for (const config of configs) {
    const [first] = worlds;
    const world = new MemoryWorld({ config, ...(first !== undefined && { beside: first }) });
    if (worlds.length < initialised) {
      await world.init("blue");
      await world.publish("blue", "1", [aPrompt("support")]);
    }
    worlds.push(world);
  }
  return worlds;
}

/** One round over all of them, with the points that reached CloudWatch. */
async function round(worlds: readonly MemoryWorld[]) {
  const [first = new MemoryWorld()] = worlds;
  const partitions = worlds.map((world) => {
    const { metrics: _own, ...ports } = world.monitorPorts(new Worker(first.scheduler));
    return { config: world.config, ports };
  });
  const published: string[] = [];
  const metrics = {
    publish: async (points: readonly { readonly name: string }[]) => {
      published.push(...points.map(({ name }) => name));
    },
  };
  const report = await first.scheduler.until(monitorPartitions(metrics, partitions, "monitor-1"));
  const gaugeOf = (name: string) => report.points.find((point) => point.name === name)?.value;
  return { ...report, published, gaugeOf };
}

describe("a round over partitions", () => {
  it("publishes each gauge once, and says how each partition is", async () => {
    const worlds = await worldsOf(CONFIGS);
    for (const world of worlds) await world.tick();
    const { outcome, healthy, message, points, published } = await round(worlds);
    expect({ outcome, healthy, message }).toEqual({
      outcome: "measured",
      healthy: true,
      message: "eu: gauges published; us: gauges published",
    });
    expect(published).toEqual(points.map(({ name }) => name));
    expect(new Set(published).size).toBe(published.length);
    expect(published).toContain("FillRate");
  });

  it("publishes the worst of them", async () => {
    const worlds = await worldsOf(CONFIGS);
    const [, us] = worlds;
    if (us !== undefined) await pause(us);
    expect((await round(worlds)).gaugeOf("Paused")).toBe(1);
  });

  it.each([
    ["is unreadable", "unavailable", "state_unreadable", /^eu: reading the control item.*; us: gauges pub/],
    ["fails", "throws", "failed", /^eu: an unexpected TypeError; us: gauges published$/],
  ] as const)("goes on where one partition %s, and leaves sums out", async (_what, how, outcome, said) => {
    const worlds = await worldsOf(CONFIGS);
    const [eu] = worlds;
    if (eu === undefined) throw new Error("there is no partition");
    if (how === "unavailable") eu.control.failNext("read", "unavailable");
    else eu.control.meets = () => broken();
    const report = await round(worlds);
    expect(report).toMatchObject({ outcome, healthy: false });
    expect(report.message).toMatch(said);
    expect(report.gaugeOf("StateUnreadable")).toBe(how === "unavailable" ? 1 : 0);
    expect(report.gaugeOf("Paused")).toBe(0);
    expect(report.published).not.toContain("FillRate");
  });

  it("of which none is known is one that was not initialised", async () => {
    expect(await round([])).toMatchObject({ outcome: "not_initialised", healthy: true, message: "" });
    const [world] = await worldsOf([CONFIG], 0);
    expect((await round(world === undefined ? [] : [world])).message).toBe("run `warmer init`");
  });
});

describe("a warmer without partitions", () => {
  it("is looked at as it is, without a name", async () => {
    const { message, published } = await round(await worldsOf([CONFIG]));
    expect(message).toBe("gauges published");
    expect(published).toContain("FillRate");
  });

  it("that has one partition is told with its name", async () => {
    expect((await round(await worldsOf(CONFIGS.slice(0, 1)))).message).toBe("eu: gauges published");
  });
});

function broken(): never {
  throw new TypeError("text of a prompt");
}
