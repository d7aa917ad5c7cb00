import { afterEach, describe, expect, inject, it } from "vitest";
import { readStatus } from "../../lib/app/status.ts";
import type { WarmerConfig } from "../../lib/core/config.ts";
import { aPrompt } from "../support/prompts.ts";
import { CONFIG, MINUTE, World } from "../support/world.ts";
import { ended, standing } from "./fault.ts";
import { withTemplate } from "./variants.ts";

let world: World;
afterEach(() => world.stop());

const green = [aPrompt("support", { words: "green support" })];

/** The stack of a team that has taken green out of its configuration. */
function withoutGreen(): string {
  return withTemplate(inject("assembly"), ({ Resources: resources }) => {
    for (const { Type: type, Properties: properties } of Object.values(resources)) {
      if (type !== "AWS::Lambda::Function") continue;
      const { Variables: variables } = properties["Environment"] as { Variables: Record<string, string> };
      const config = JSON.parse(variables["WARMER_CONFIG"] ?? "{}") as WarmerConfig;
      variables["WARMER_CONFIG"] = JSON.stringify({ ...config, colors: ["blue"] });
    }
  });
}

describe("a deployment that forgets the live color", () => {
  it("is an error of every run and an alarm within five minutes, not a run without work", async () => {
    world = await World.live([aPrompt("support")]);
    await world.publish("green", "2", green);
    await world.flip("green");
    await world.pass(5 * MINUTE);
    expect(world.allFired()).toEqual([]);

    const from = world.engine.now();
    await world.engine.deploy(withoutGreen());
    await world.pass(5 * MINUTE);
    const runs = ended(world, from);
    expect(runs.length).toBeGreaterThanOrEqual(5);
    for (const { outcome, message } of runs)
      expect(`${outcome}: ${message}`).toBe('unknown_color: live-color must be one of blue, got "green"');
    expect(world.touches(from)).toEqual([]);
    expect(world.fired("TargetUnresolved", from)).toHaveLength(1);

    await world.flip("blue");
    await world.pass(7 * MINUTE);
    expect(await readStatus(world.warmer.operator, CONFIG)).toMatchObject({ healthy: true });
    expect(standing(world)).toEqual([]);
  });
});

describe("a provider that answers 200 and never says what it cached", () => {
  it("is never taken for warmth: each run is an error, the prefix is cold, and NotWarm fires", async () => {
    world = await World.deploy();
    world.provider.faults.add({ kind: "missing_usage" });
    await world.init("blue");
    await world.publish("blue", "1", [aPrompt("support")]);
    await world.pass(8 * MINUTE);

    expect(world.touches().length).toBeGreaterThanOrEqual(7);
    expect(new Set(world.touches().map(({ status }) => status))).toEqual(new Set([200]));
    expect(new Set(ended(world, 0).map(({ outcome }) => outcome))).toEqual(new Set(["usage_missing"]));
    expect(world.fired("NotWarm")).toHaveLength(1);
    const status = await readStatus(world.warmer.operator, CONFIG);
    expect(status.healthy).toBe(false);
    expect(status.prefixes).toMatchObject([{ name: "support", proof: "cold" }]);
  });
});
