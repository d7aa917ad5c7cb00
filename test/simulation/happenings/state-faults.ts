import { STATE_SCHEMA } from "../../../lib/core/state-kinds.ts";
import type { Day } from "../day.ts";
import { type Happening, lasting, variant } from "./happening.ts";

const UNREADABLE = [
  "does not answer",
  "lost its control item",
  "holds a newer item",
  "holds a damaged item",
] as const;

/** Puts something else in the control item's place. Nobody writes meanwhile: the revision is another one. */
function replaces(day: Day, item: string | undefined): () => void {
  const { control } = day.world;
  const before = control.item;
  control.item = item;
  return () => {
    if (control.item === item) control.item = before;
  };
}

function unreadable(day: Day, how: (typeof UNREADABLE)[number]): () => void {
  const stored = JSON.parse(day.world.control.item ?? "{}");
  switch (how) {
    case "does not answer": {
      const ends = [
        day.weather.add("control", { share: 1, how: "unavailable" }),
        day.weather.add("noTable", true),
      ];
      return () => {
        for (const end of ends) end();
      };
    }
    case "lost its control item":
      // Without a prefix item nothing tells it from one that was never there, which is `not_initialised` and pages nobody.
      return day.world.prefixes.states().length === 0 ? () => {} : replaces(day, undefined);
    case "holds a newer item":
      return replaces(day, JSON.stringify({ ...stored, schema: STATE_SCHEMA + 1, revision: "newer" }));
    case "holds a damaged item":
      return replaces(day, JSON.stringify({ ...stored, control: { generation: "?" }, revision: "damaged" }));
    default:
      return how satisfies never;
  }
}

/** Takes one stored body away, or changes an entry behind the digest's back. */
function damagesPrompt(day: Day, drawn: number): () => void {
  const { manifests } = day.world;
  const manifest = manifests.stored.get(day.releases.liveColor);
  const [first] = manifest?.entries ?? [];
  if (manifest === undefined || first === undefined) return () => {};
  if (drawn < 0.5) {
    const body = manifests.bodyOf.get(first.bodyDigest);
    manifests.bodyOf.delete(first.bodyDigest);
    return () => {
      if (body !== undefined) manifests.bodyOf.set(first.bodyDigest, body);
    };
  }
  // A new release, as its writer left it: the header says one thing and the entries another.
  const damaged = { ...manifest, digest: "0".repeat(64) };
  manifests.stored.set(manifest.color, damaged);
  return () => {
    if (manifests.stored.get(manifest.color) === damaged) manifests.stored.set(manifest.color, manifest);
  };
}

/** Faults of what is stored. */
export const STATE_FAULTS = {
  F25: lasting(
    (drawn) => `the table ${variant(drawn, ...UNREADABLE)}`,
    (day, drawn) => unreadable(day, variant(drawn, ...UNREADABLE)),
  ),
  F31: lasting(
    (drawn) => `answers to ledger writes are lost (${variant(drawn, "answer_lost", "refused_retry")})`,
    (day, drawn) =>
      day.weather.add("control", { share: 0.3, how: variant(drawn, "answer_lost", "refused_retry") }),
  ),
  F34: lasting(
    (drawn) => (drawn < 0.5 ? "a stored prompt is damaged" : "the live color's manifest is damaged"),
    damagesPrompt,
  ),
  F43: lasting(
    () => "nothing in the region answers",
    (day) => day.weather.add("noRegion", true),
  ),
} satisfies Record<string, Happening>;
