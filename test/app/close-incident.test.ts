import { describe, expect, it } from "vitest";
import { type CloseRequest, closeIncident } from "../../lib/app/close-incident.ts";
import type { Ttl } from "../../lib/core/due.ts";
import type { Incident } from "../../lib/core/incident.ts";
import { pause, resume } from "../support/memory/acts.ts";
import { MemoryWorld } from "../support/memory/world.ts";
import { aPrompt } from "../support/prompts.ts";

const CLOSE = { cause: "early_eviction", note: "the provider was restarted", by: "olivia" } as const;

function close(world: MemoryWorld, id: string, request: Partial<CloseRequest> = {}): Promise<Incident> {
  const clock = { now: () => world.now };
  const { control, prefixes, history, events, usage, incidents, config } = world;
  return closeIncident({ clock, control, prefixes, history, events, usage, incidents }, config, {
    ...CLOSE,
    id,
    ...request,
  });
}

/** A prompt that is warm, and a pause that began and ended an incident. */
async function aPausedWorld(ttl: Ttl = "1h"): Promise<{ world: MemoryWorld; id: string }> {
  const world = await MemoryWorld.live([aPrompt("support", { ttl })]);
  await world.minutes(2);
  await pause(world);
  await world.monitor();
  const [incident] = await world.incidents.list(1);
  if (incident === undefined) throw new Error("nothing was opened");
  return { world, id: incident.id };
}

describe("closing an incident", () => {
  it("is refused until 15 minutes show that it is over, and keeps cause and note then", async () => {
    const { world, id } = await aPausedWorld();
    await expect(close(world, id)).rejects.toThrow(
      /not over yet:\n {2}- the warmer is paused \(looking\); resume it first/,
    );
    await resume(world);
    await world.minutes(14);
    await expect(close(world, id)).rejects.toThrow(/running for 14 of 15 minutes; try again at 2026-/);
    await world.minutes(2);

    await close(world, id);
    const stored = await world.incidents.get(id);
    expect(stored).toMatchObject({
      rootCause: "early_eviction",
      note: CLOSE.note,
      closedBy: "ops",
      closeReason: "looked",
    });
    await expect(close(world, id, { cause: "unknown" })).rejects.toThrow(/closed as early_eviction already/);
  });

  it("is refused for what was filled again without need, and says what", async () => {
    const { world, id } = await aPausedWorld("5m");
    await resume(world);
    await world.minutes(18);
    world.provider.faults.add({ kind: "evict", at: world.now });
    await world.minutes(6);
    await expect(close(world, id)).rejects.toThrow(
      /filled again without need in the last 15 minutes: support/,
    );
  });

  it("is refused for an id that nobody has given", async () => {
    const { world } = await aPausedWorld();
    await expect(close(world, "\u001b[2J7")).rejects.toThrow(
      /there is no incident "\\u001b\[2J7"; `warmer incidents`/,
    );
  });
});
