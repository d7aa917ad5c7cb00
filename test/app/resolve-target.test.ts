import { describe, expect, it } from "vitest";
import { ManifestDamaged, StateUnreadable, TargetUnreadable } from "../../lib/app/errors.ts";
import { hasTurned, type ResolvedTarget, resolveTarget } from "../../lib/app/resolve-target.ts";
import { noteAnswer, notStale } from "../../lib/app/stale-target.ts";
import { makeManifest } from "../../lib/core/manifest.ts";
import { aControl, anEntry, NOON } from "../core/samples.ts";
import { MemoryLiveColor } from "../support/memory/live-color.ts";
import { MemoryManifests } from "../support/memory/manifests.ts";

const CONFIG = { colors: ["blue", "green"], liveColorParameter: "/support/prod/live-color" };

/** What SSM answered of the only version. */
const ANSWER = { version: 1, modifiedAt: NOON };

/** The switch, and a release of blue with one prefix. */
async function aWorld(color?: string) {
  const liveColor = new MemoryLiveColor(() => NOON);
  const manifests = new MemoryManifests();
  await manifests.publish(makeManifest("blue", "1", [anEntry()], NOON), new Map());
  if (color !== undefined) await liveColor.write(color);
  return { liveColor, manifests };
}

describe("the live color's target", () => {
  it("is the color, its release, and which version of the switch said so", async () => {
    const world = await aWorld("green");
    await world.liveColor.write("blue");
    expect(await resolveTarget(world, CONFIG)).toEqual({
      kind: "target",
      color: "blue",
      parameterVersion: 2,
      modifiedAt: NOON,
      header: await world.manifests.header("blue"),
    });
  });

  it.each([
    [undefined, "no_target", "/support/prod/live-color does not exist; run `warmer init --color COLOR`"],
    ["", "empty_color", "/support/prod/live-color is empty; expected one of blue, green"],
    [" ", "empty_color", "/support/prod/live-color is empty; expected one of blue, green"],
    ["Blue", "unknown_color", 'live-color must be one of blue, green, got "Blue"'],
    ["green", "no_manifest", "green has no manifest; run `warmer publish --color green …`"],
  ])("of %j is a fault that says what to do: %s", async (color, outcome, message) => {
    const answer = color === undefined ? {} : { answer: ANSWER };
    expect(await resolveTarget(await aWorld(color), CONFIG)).toEqual({
      kind: "fault",
      outcome,
      message,
      ...answer,
    });
  });

  it("without a prefix is a fault of its own", async () => {
    const world = await aWorld("blue");
    await world.manifests.publish(makeManifest("blue", "2", [], NOON), new Map());
    expect(await resolveTarget(world, CONFIG)).toEqual({
      kind: "fault",
      outcome: "empty_target",
      message: "the manifest of blue lists no prefix",
      answer: ANSWER,
    });
  });

  it.each([
    [new TargetUnreadable("SSM is away"), "target_unreadable"],
    [new ManifestDamaged("not its digest"), "manifest_damaged"],
    [new StateUnreadable("the table is away"), "state_unreadable"],
  ])("that cannot be read (%s) is %s, in the words of who could not read it", async (error, outcome) => {
    const world = await aWorld("blue");
    world.manifests.header = () => Promise.reject(error);
    expect(await resolveTarget(world, CONFIG)).toEqual({
      kind: "fault",
      outcome,
      message: error.message,
      answer: ANSWER,
    });
  });

  it("that SSM does not answer is unreadable, and nothing is known of its version", async () => {
    const world = await aWorld("blue");
    world.liveColor.unavailable = true;
    const target = await resolveTarget(world, CONFIG);
    expect(target).toMatchObject({ kind: "fault", outcome: "target_unreadable" });
    expect(target).not.toHaveProperty("answer");
  });

  it("hides no mistake of the program", async () => {
    const world = await aWorld("blue");
    world.manifests.header = () => Promise.reject(new TypeError("a bug"));
    await expect(resolveTarget(world, CONFIG)).rejects.toThrow("a bug");
  });
});

describe("a turn to another color", () => {
  it.each([
    ["blue", false],
    ["green", true],
    ["purple", false],
    [undefined, false],
  ])("from blue to %j: %s", async (color, turned) => {
    const { liveColor } = await aWorld(color);
    expect(await hasTurned(liveColor, CONFIG.colors, "blue")).toBe(turned);
  });

  it("that cannot be read is the next tick's matter", async () => {
    const { liveColor } = await aWorld("green");
    liveColor.unavailable = true;
    expect(await hasTurned(liveColor, CONFIG.colors, "blue")).toBe(false);
    liveColor.read = () => Promise.reject(new TypeError("a bug"));
    await expect(hasTurned(liveColor, CONFIG.colors, "blue")).rejects.toThrow("a bug");
  });
});

describe("an older answer of the switch", () => {
  const serving = {
    color: "green",
    digest: "d",
    release: "2",
    parameterVersion: 5,
    since: NOON,
    prefixes: 1,
    required: 1,
  };
  const aTarget = async (parameterVersion: number, modifiedAt: number) => {
    const resolved = (await resolveTarget(await aWorld("blue"), CONFIG)) as ResolvedTarget;
    return { ...resolved, parameterVersion, modifiedAt };
  };

  it.each([
    ["an older version from before", 4, NOON - 1, true],
    ["an older version of that instant: the parameter was made again", 4, NOON, false],
    ["an older version from later", 4, NOON + 1, false],
    ["the same version", 5, NOON - 1, false],
    ["a newer version", 6, NOON - 1, false],
  ])("is told by version and time: %s", async (_what, version, modifiedAt, stale) => {
    const resolved = await aTarget(version, modifiedAt);
    const message = `SSM answered version ${version} of live-color after version 5`;
    if (stale)
      expect(notStale(resolved, { serving })).toEqual({
        kind: "fault",
        outcome: "target_unreadable",
        message,
      });
    else expect(notStale(resolved, { serving })).toBe(resolved);
  });

  it.each([
    ["an older version, written before", 6, NOON - 1, true],
    ["an older version, written at that instant", 6, NOON, false],
    ["the same version", 7, NOON - 1, false],
  ])("is told by what the monitor was answered: %s", async (_what, version, modifiedAt, stale) => {
    const resolved = await aTarget(version, modifiedAt);
    const control = { serving, answered: { version: 7, modifiedAt: NOON } };
    const message = `SSM answered version ${version} of live-color after version 7`;
    expect(notStale(resolved, control)).toEqual(
      stale ? { kind: "fault", outcome: "target_unreadable", message } : resolved,
    );
  });

  it.each([
    { served: 5, known: undefined, version: 6, notes: 6 },
    { served: 5, known: undefined, version: 5, notes: undefined },
    { served: 5, known: 7, version: 6, notes: 7 },
    { served: 5, known: 7, version: 8, notes: 8 },
    { served: undefined, known: undefined, version: 6, notes: undefined },
  ])(
    "is noted where no run has served it, also if it stands for nothing: $version after $served and $known",
    async ({ served, known, version, notes }) => {
      const control = aControl({
        ...(served !== undefined && { serving: { ...serving, parameterVersion: served } }),
        ...(known !== undefined && { answered: { version: known, modifiedAt: NOON } }),
      });
      const fault = { kind: "fault", outcome: "unknown_color", message: "" } as const;
      const answer = { version, modifiedAt: NOON };
      for (const target of [await aTarget(version, NOON), { ...fault, answer }]) {
        const after = noteAnswer(control, target);
        expect(after.answered?.version).toBe(notes);
        if (notes === known) expect(after).toBe(control);
      }
      expect(noteAnswer(control, fault)).toBe(control);
    },
  );

  it("is none where nothing was served yet, and a fault stays the fault that it is", async () => {
    const resolved = await aTarget(1, 0);
    expect(notStale(resolved, {})).toBe(resolved);
    const fault = { kind: "fault", outcome: "no_target", message: "gone" } as const;
    expect(notStale(fault, { serving })).toBe(fault);
  });
});
