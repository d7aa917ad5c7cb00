import { describe, expect, it } from "vitest";
import type { Bug } from "./bug.ts";
import { PLANTED_BUGS } from "./planted-bugs.ts";
import { play } from "./play.ts";
import { shrink } from "./shrink.ts";
import { type Story, storyOf } from "./story.ts";
import { tell } from "./tell.ts";

const SEEDS = Array.from({ length: 40 }, (_, i) => 10_000 + i);

function bugNamed(part: string): Bug {
  const bug = PLANTED_BUGS.find(({ name }) => name.includes(part));
  if (bug === undefined) throw new Error(`no planted bug is called ${part}`);
  return bug;
}

/** A story of many events, one of which matters to the bug: the pause. */
async function aBrokenStory(bug: Bug): Promise<Story> {
  for (let seed = 0; ; seed++) {
    const story = storyOf(seed);
    const { violations } = await play(story, bug);
    if (story.planned.length > 4 && violations[0]?.invariant === bug.breaks) return story;
  }
}

describe("a story", () => {
  it("is the same to the last byte whenever it is played, and another one for another seed", async () => {
    const digests = new Set<string>();
    for (const seed of SEEDS) {
      const [once, again] = [await play(storyOf(seed)), await play(storyOf(seed))];
      expect(again.lines).toEqual(once.lines);
      expect(again.digest).toBe(once.digest);
      digests.add(once.digest);
    }
    expect(digests.size).toBe(SEEDS.length);
  });

  it("is drawn whole before it is played", () => {
    for (const seed of SEEDS) {
      const { setting, planned } = storyOf(seed);
      expect(storyOf(seed)).toEqual({ seed, setting, planned });
      expect(planned.map(({ at }) => at)).toEqual(planned.map(({ at }) => at).toSorted((a, b) => a - b));
      expect(planned.every(({ at }) => at >= 0 && at < setting.lastsMs)).toBe(true);
    }
  });
});

describe("a broken story", () => {
  const bug = bugNamed("a pause does not raise the generation");

  it("is shrunk until each event that is left is needed", async () => {
    const story = await aBrokenStory(bug);
    const shrunk = await shrink(story, bug);
    const { planned } = shrunk.story;
    expect(planned.length).toBeLessThan(story.planned.length);
    expect(planned.every((event) => story.planned.includes(event))).toBe(true);
    expect(shrunk.violation.invariant).toBe(bug.breaks);
    for (const left of planned) {
      const without = { ...story, planned: planned.filter((event) => event !== left) };
      const { violations } = await play(without, bug);
      expect(violations.map(({ invariant }) => invariant)).not.toContain(bug.breaks);
    }
  });

  it("is told with its seed, its times, what happened and what it broke", async () => {
    const story = await aBrokenStory(bug);
    const text = tell(await shrink(story, bug));
    const [head = "", ...rest] = text.split("\n");
    expect(head).toMatch(new RegExp(`^seed ${story.seed} breaks I6: the generation rises`));
    expect(rest.length).toBeGreaterThan(2);
    for (const line of rest.slice(1, -1)) expect(line).toMatch(/^ {2}\d{2}:\d{2}:\d{2} \S/);
    expect(text).toContain(`--from ${story.seed}`);
  });

  it("that is none cannot be shrunk", async () => {
    await expect(shrink({ ...storyOf(1), planned: [] })).rejects.toThrow("breaks nothing");
  });
});
