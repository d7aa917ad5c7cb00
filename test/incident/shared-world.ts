import { afterAll, afterEach, beforeEach } from "vitest";
import type { TestPrompt } from "../support/prompts.ts";
import { World } from "../support/world.ts";

/** One world for all tests of a file, which each of them must leave healthy; a test that fails takes its world with it. */
export function sharedWorld(prompts: readonly TestPrompt[]): () => World {
  let world: World | undefined;
  const stop = async () => {
    await world?.stop();
    world = undefined;
  };
  beforeEach(async () => {
    world ??= await World.live(prompts);
  });
  afterEach(async ({ task }) => {
    if (task.result?.state === "fail") await stop();
  });
  afterAll(stop);
  return () => {
    if (world === undefined) throw new Error("the world begins with the first test");
    return world;
  };
}
