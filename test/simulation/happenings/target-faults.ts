import { makeManifest } from "../../../lib/core/manifest.ts";
import { SECOND } from "../../support/memory/world.ts";
import type { Day } from "../day.ts";
import { flipBlindly } from "../operators.ts";
import { type Happening, lasting, minutes, variant } from "./happening.ts";

const UNKNOWN = ["purple", "BLUE", " blue", "blue\n", "", "  "] as const;

const HOSTILE = [
  "../green",
  "https://evil.example/v1",
  "blue\r\nx-header: 1",
  "{{resolve:ssm:/x}}",
  "\u202eeulb",
  "x".repeat(4_096),
] as const;

/** Sets the parameter to a value that is no color; whoever mends it writes the color that was live. */
function writes(day: Day, value: string | undefined): () => void {
  const { liveColor } = day.world;
  const before = liveColor.value;
  liveColor.value = value;
  return () => {
    if (liveColor.value === value && before !== undefined) liveColor.value = before;
  };
}

/** Takes the live color's manifest away, or puts an empty one in its place. */
function losesManifest(day: Day, isEmpty: boolean): () => void {
  const { manifests } = day.world;
  const { liveColor: color, lost } = day.releases;
  const before = manifests.stored.get(color);
  // What another loss left is nothing to put back, and what was published since that one is.
  if (before !== undefined && before.prefixes > 0) lost.set(color, before);
  const instead = isEmpty ? makeManifest(color, "empty", [], day.now) : undefined;
  if (instead === undefined) manifests.stored.delete(color);
  else manifests.stored.set(color, instead);
  return () => {
    const newest = lost.get(color);
    if (manifests.stored.get(color) === instead && newest !== undefined) manifests.stored.set(color, newest);
  };
}

/** Faults of what is to be warm: the switch, and what it stands for. */
export const TARGET_FAULTS = {
  F1: lasting(
    () => "live-color is deleted",
    (day) => writes(day, undefined),
  ),
  F2: lasting(
    (drawn) => `live-color is ${JSON.stringify(variant(drawn, ...UNKNOWN))}`,
    (day, drawn) => writes(day, variant(drawn, ...UNKNOWN)),
  ),
  F3: lasting(
    (drawn) => (drawn < 0.5 ? "the live color's manifest is gone" : "the live color's manifest is empty"),
    (day, drawn) => losesManifest(day, drawn >= 0.5),
  ),
  F4: {
    says: () => "the live color is flipped while a run is at work",
    play: async (day, { drawn }) => {
      day.runs.deliver(day.world.tickEvent());
      await day.wait(Math.floor(drawn * 3 * SECOND));
      await flipBlindly(day, drawn < 0.5);
    },
  },
  F5: {
    says: ({ lastsMs, drawn }) =>
      `the live color is flipped; then SSM ${drawn < 0.5 ? "answers with the one before" : "does not answer"} for ${minutes(lastsMs)}`,
    play: async (day, { lastsMs, drawn }) => {
      await flipBlindly(day, true);
      await day.wait(70 * SECOND);
      const end = day.weather.add(drawn < 0.5 ? "staleColor" : "noColor", true);
      await day.wait(lastsMs);
      end();
    },
  },
  F6: {
    says: () => "the live color is flipped, and the one before is kept warm",
    play: (day, { drawn }) => flipBlindly(day, drawn < 0.8),
  },
  F35: lasting(
    (drawn) => `live-color is ${JSON.stringify(variant(drawn, ...HOSTILE)).slice(0, 30)}`,
    (day, drawn) => writes(day, variant(drawn, ...HOSTILE)),
  ),
} satisfies Record<string, Happening>;
