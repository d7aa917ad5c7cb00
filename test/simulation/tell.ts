import type { Happening } from "./happenings/happening.ts";
import { HAPPENINGS } from "./happenings.ts";
import { INVARIANTS } from "./invariants.ts";
import type { Shrunk } from "./shrink.ts";
import type { Setting } from "./story.ts";

/** The time of day of an instant, UTC. */
function timeOf(at: number): string {
  return new Date(at).toISOString().slice(11, 19);
}

function settingIn(words: Setting): string {
  const { prompts, ttl, room, daily, absolute, actionOnLimit, answersAfterMs } = words;
  return [
    `${prompts} required prompt${prompts === 1 ? "" : "s"} of ${ttl}`,
    ...(words.hasOptional ? ["one optional"] : []),
    `room for ${room} touches an hour, ${room * daily} a day, ${room * daily * absolute} at most`,
    actionOnLimit,
    `answers after ${answersAfterMs / 1_000} s`,
    ...(words.isRestless ? ["every prompt touched at every tick"] : []),
    ...(words.hasTraffic ? ["traffic"] : []),
    ...(words.hasNeighbour ? ["another environment on the same key"] : []),
  ].join(", ");
}

/** A shrunk story in short sentences with times, and what it breaks. */
export function tell({ story, violation }: Shrunk): string {
  const { seed, setting, planned } = story;
  const { invariant, what, at } = violation;
  const events = planned.map((event) => {
    const happening: Happening = HAPPENINGS[event.what];
    return `  ${timeOf(setting.startAt + event.at)} ${event.what}: ${happening.says(event)}`;
  });
  return [
    `seed ${seed} breaks ${invariant}: ${INVARIANTS[invariant]}`,
    `  ${new Date(setting.startAt).toISOString().slice(0, 19)}Z ${settingIn(setting)}`,
    ...events,
    `  ${timeOf(at)} ${what}`,
    `  again: npm run sim -- --seeds 1 --from ${seed}`,
  ].join("\n");
}
