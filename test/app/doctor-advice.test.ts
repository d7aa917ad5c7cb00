import { describe, expect, it } from "vitest";
import { examine } from "../../lib/app/doctor.ts";
import type { AdviceParameter } from "../../lib/app/ports.ts";
import { MemoryWorld } from "../support/memory/world.ts";
import { aPrompt } from "../support/prompts.ts";

/** What `warmer doctor` finds of the advice; what is not of this test cannot be examined. */
async function finding(optional: readonly string[], prepare: (world: MemoryWorld) => Promise<void>) {
  const world = new MemoryWorld();
  await world.init("blue");
  await world.publish("blue", "1", [aPrompt("support")], optional);
  await prepare(world);
  const unknown = () => {
    throw new Error("not looked at here");
  };
  const ports = {
    clock: { now: () => world.now, sleep: async () => undefined },
    control: world.control,
    liveColor: world.liveColor,
    manifests: world.manifests,
    advice: world.advice as AdviceParameter,
    subscriptions: { unconfirmed: async () => [] },
    inspection: {
      selfCheck: unknown,
      alarms: unknown,
      topicPolicy: unknown,
      topicArn: unknown,
      tableName: unknown,
      orphanedTables: unknown,
    },
  };
  return (await examine(ports, world.config)).find(({ check }) => check === "ttl advice");
}

describe("doctor", () => {
  it.each([
    ["published", async (world: MemoryWorld) => world.advice.write('{"schema":1,"unlisted":"own"}'), "ok"],
    ["not published yet", async () => undefined, "warning"],
    ["something else", async (world: MemoryWorld) => world.advice.write("blue"), "problem"],
    [
      "refused",
      async (world: MemoryWorld) => {
        world.advice.refuses = "read";
      },
      "problem",
    ],
  ])("finds advice that is %s, where a prompt is optional", async (_what, prepare, verdict) => {
    const found = await finding(["support"], prepare);
    expect(found?.verdict).toBe(verdict);
    if (verdict !== "ok") expect(found?.next).toMatch(/monitor/);
  });

  it("does not ask for advice where every prompt is required", async () => {
    expect(await finding([], async () => undefined)).toBeUndefined();
  });
});
