import { describe, expect, it } from "vitest";
import type { Control } from "../../../lib/core/control.ts";
import { isAllowed } from "../../../lib/core/control-state.ts";
import {
  addGate,
  afterGates,
  colorsBeside,
  FLIP_PATIENCE_MS,
  type Flip,
  flipped,
  provenFlip,
  removeGates,
  retire,
  type Serving,
  secondsUnproven,
  tellUnproven,
} from "../../../lib/core/release/serving.ts";
import { aControl, MINUTE, NOON } from "../samples.ts";

const HALF_HOUR = 30 * MINUTE;

const SERVING: Serving = {
  color: "blue",
  digest: "b",
  release: "1",
  parameterVersion: 1,
  since: NOON,
  prefixes: 1,
  required: 1,
};

const TO_GREEN: Flip = { from: "blue", to: "green", version: 2, at: NOON, release: "2" };

const serving = (fields: Partial<Control> = {}) => aControl({ serving: SERVING, ...fields });
const aCandidate = (gates: readonly string[] = ["a"], until = NOON + MINUTE, color = "green") => ({
  color,
  until,
  gates,
});

describe("colors beside the live one", () => {
  const control = serving({
    previous: { color: "blue", digest: "d", until: NOON + 1 },
    candidate: aCandidate([], NOON + 2, "canary"),
  });

  it.each([
    { at: NOON, live: "green", colors: ["canary", "blue"] },
    { at: NOON + 1, live: "green", colors: ["canary"] },
    { at: NOON + 2, live: "green", colors: [] },
    { at: NOON, live: "blue", colors: ["canary"] },
    { at: NOON, live: "canary", colors: ["blue"] },
  ])("at $at with $live live are $colors", ({ at, live, colors }) => {
    expect(colorsBeside(control, live, at)).toEqual(colors);
  });

  it("are one where previous color and candidate are the same", () => {
    const both = serving({
      previous: { color: "blue", digest: "d", until: NOON + 1 },
      candidate: aCandidate([], NOON + 1, "blue"),
    });
    expect(colorsBeside(both, "green", NOON)).toEqual(["blue"]);
  });
});

describe("a flip", () => {
  it("keeps the color that was live for its time", () => {
    const after = flipped(serving(), TO_GREEN, HALF_HOUR, NOON);
    expect(after).toMatchObject({
      flip: TO_GREEN,
      previous: { color: "blue", digest: "b", until: NOON + HALF_HOUR },
    });
    expect(flipped(serving(), TO_GREEN, 0, NOON)).not.toHaveProperty("previous");
  });

  it("back forgets that it was kept", () => {
    const back = { ...TO_GREEN, from: "green", to: "blue", version: 3 };
    const green = serving({
      serving: { ...SERVING, color: "green" },
      previous: { color: "blue", digest: "d", until: NOON + 1 },
    });
    expect(flipped(green, back, HALF_HOUR, NOON).previous).toEqual({
      color: "green",
      digest: "b",
      until: NOON + HALF_HOUR,
    });
    expect(flipped(green, back, 0, NOON)).not.toHaveProperty("previous");
  });

  it("that another run has seen meanwhile changes nothing", () => {
    const seen = {
      ...flipped(serving(), TO_GREEN, HALF_HOUR, NOON),
      serving: { ...SERVING, color: "green" },
    };
    expect(flipped(seen, TO_GREEN, HALF_HOUR, NOON + 1)).toBe(seen);
  });

  it.each([
    { candidate: aCandidate([]), stays: false },
    { candidate: aCandidate(["a"]), stays: true },
    { candidate: aCandidate([], NOON + MINUTE, "canary"), stays: true },
  ])("leaves a candidate with $candidate.gates on $candidate.color: $stays", ({ candidate, stays }) => {
    expect(flipped(serving({ candidate }), TO_GREEN, HALF_HOUR, NOON).candidate).toEqual(
      stays ? candidate : undefined,
    );
  });

  it("that was not told before another one follows is told by it", () => {
    const first = { ...TO_GREEN, from: "canary", to: "blue", version: 1 };
    const { news = [] } = flipped(serving({ flip: first }), TO_GREEN, HALF_HOUR, NOON);
    expect(news.map(({ message }) => message)).toEqual([expect.stringMatching(/another flip followed/)]);
    expect(
      flipped(serving({ flip: { ...first, told: true } }), TO_GREEN, HALF_HOUR, NOON),
    ).not.toHaveProperty("news");
  });
});

describe("the proof of a flip", () => {
  const flipping = serving({ flip: TO_GREEN });

  it.each([
    { latest: NOON - MINUTE, provenAt: NOON },
    { latest: 0, provenAt: NOON },
    { latest: NOON + 4_200, provenAt: NOON + 4_200 },
  ])("of $latest makes it proven at $provenAt, and is told", ({ latest, provenAt }) => {
    const after = provenFlip(flipping, latest, NOON + 5_000);
    expect(after.flip).toMatchObject({ provenAt, told: true });
    expect(after.news).toHaveLength(1);
  });

  it("is told once, and not after it was told as unproven", () => {
    const told = provenFlip(flipping, NOON + 1, NOON + 2);
    expect(provenFlip(told, NOON + 9, NOON + 9)).toBe(told);
    const late = tellUnproven(flipping, NOON + FLIP_PATIENCE_MS);
    expect(provenFlip(late, NOON + 9, NOON + 9).news).toEqual(late.news);
    expect(provenFlip(late, NOON + 9, NOON + 9).flip).toMatchObject({ provenAt: NOON + 9 });
  });

  it("is nothing where no flip was seen", () => {
    const control = serving();
    expect(provenFlip(control, NOON, NOON)).toBe(control);
  });
});

describe("a flip without proof", () => {
  const flipping = serving({ flip: TO_GREEN });

  it("is told when its patience is over, and not before", () => {
    expect(tellUnproven(flipping, NOON + FLIP_PATIENCE_MS - 1)).toBe(flipping);
    const told = tellUnproven(flipping, NOON + FLIP_PATIENCE_MS);
    expect(told.news).toHaveLength(1);
    expect(tellUnproven(told, NOON + 2 * FLIP_PATIENCE_MS)).toBe(told);
  });

  const pause = { reason: "looking", by: "ops", at: NOON, cause: "operator", incident: 1 } as const;
  const cycle = { startedAt: NOON, finishedAt: NOON };
  it.each<[Partial<Control>, RegExp]>([
    [{}, /not every required prefix/],
    [{ paused: pause }, /the warmer is paused: looking/],
    [{ throttled: { ...pause, maxFillsPerMinute: 1, nextSlotAt: NOON } }, /the warmer is throttled: looking/],
    [{ lastCycle: { ...cycle, outcome: "auth_failed" } }, /refused the API key/],
    [{ lastCycle: { ...cycle, outcome: "warmed" } }, /not every required prefix/],
  ])("is told with its reason (%#)", (fields, says) => {
    const { news = [] } = tellUnproven({ ...flipping, ...fields }, NOON + FLIP_PATIENCE_MS);
    expect(news[0]?.message).toMatch(says);
    expect(news[0]?.subject).toBe("live color blue -> green: not warm");
  });

  it.each<{ what: string; control: Control; live: string | undefined; seconds: number }>([
    {
      what: "was proven",
      control: serving({ flip: { ...TO_GREEN, provenAt: NOON } }),
      live: "blue",
      seconds: 0,
    },
    {
      what: "is not proven",
      control: { ...flipping, serving: { ...SERVING, color: "green" } },
      live: "green",
      seconds: 60,
    },
    { what: "was never seen", control: serving(), live: "green", seconds: 30 },
    { what: "is not proven and cannot be resolved", control: flipping, live: undefined, seconds: 60 },
    { what: "never was", control: serving(), live: "blue", seconds: 0 },
    { what: "is before the first cycle", control: aControl(), live: "green", seconds: 0 },
  ])("that $what lacks proof for $seconds s", ({ control, live, seconds }) => {
    const parameter = live === undefined ? undefined : { color: live, modifiedAt: NOON + 30_000 };
    expect(secondsUnproven(control, parameter, NOON + MINUTE)).toBe(seconds);
  });
});

describe("the gates of a candidate", () => {
  const open = (control: Control, color = "green", id = "b", now = NOON) =>
    addGate(control, color, id, NOON + HALF_HOUR, now);

  it("share it, up to four, and the latest deadline holds", () => {
    let control: Control = serving();
    for (const id of ["a", "b", "c", "d"]) {
      const next = addGate(control, "green", id, NOON + MINUTE, NOON);
      if (isAllowed(next)) control = next;
    }
    expect(control.candidate).toEqual({ color: "green", until: NOON + MINUTE, gates: ["a", "b", "c", "d"] });
    expect(open(control, "green", "e")).toEqual({ notAllowed: "4 gates on green are open already" });
    expect(open(control, "green", "d")).toBe(control);
  });

  it("keep another color out until the tick after their deadline has answered them", () => {
    const control = serving({ candidate: aCandidate(["a"], NOON) });
    expect(open(control, "canary", "b", NOON + 90_000 - 1)).toHaveProperty("notAllowed");
    expect(open(control, "canary", "b", NOON + 90_000)).toMatchObject({
      candidate: { color: "canary", gates: ["b"] },
    });
  });

  it("let another color take the place of one that nobody asks about", () => {
    const control = serving({ candidate: aCandidate([], NOON + HALF_HOUR) });
    expect(open(control, "canary")).toMatchObject({ candidate: { color: "canary", gates: ["b"] } });
  });

  const seen = { seen: ["a"], done: ["a"], isOpen: false, keepUntil: undefined };
  it.each([
    { what: "that is done without being warm", gates: ["a"], look: seen, left: undefined },
    {
      what: "that is done and warm",
      gates: ["a"],
      look: { ...seen, keepUntil: NOON + HALF_HOUR },
      left: aCandidate([], NOON + HALF_HOUR),
    },
    {
      what: "that is cold and waits for its callback",
      gates: ["a"],
      look: { ...seen, done: [] },
      left: aCandidate(["a"], NOON),
    },
    {
      what: "that is warm and waits for its callback",
      gates: ["a"],
      look: { ...seen, done: [], keepUntil: NOON + HALF_HOUR },
      left: aCandidate(["a"], NOON + HALF_HOUR),
    },
    {
      what: "that is open",
      gates: ["a"],
      look: { ...seen, done: [], isOpen: true },
      left: aCandidate(["a"]),
    },
    {
      what: "that is done beside one opened meanwhile",
      gates: ["a", "b"],
      look: seen,
      left: aCandidate(["b"]),
    },
    {
      what: "that waits for its callback beside one opened meanwhile",
      gates: ["a", "b"],
      look: { ...seen, done: [] },
      left: aCandidate(["a", "b"]),
    },
  ])("after a look at one $what", ({ gates, look, left }) => {
    expect(afterGates(serving({ candidate: aCandidate(gates) }), look, NOON).candidate).toEqual(left);
  });

  it("that are not there leave everything as it was", () => {
    const control = serving();
    expect(afterGates(control, seen, NOON)).toBe(control);
    expect(removeGates(control, ["a"], undefined)).toBe(control);
  });
});

describe("a retired color", () => {
  it.each([
    { what: "previous", control: serving({ previous: { color: "green", digest: "d", until: NOON } }) },
    { what: "candidate", control: serving({ candidate: aCandidate([]) }) },
    {
      what: "both",
      control: serving({ previous: { color: "green", digest: "d", until: NOON }, candidate: aCandidate([]) }),
    },
  ])("that was $what is neither any more", ({ control }) => {
    const after = retire(control, "green");
    expect(after).not.toHaveProperty("previous");
    expect(after).not.toHaveProperty("candidate");
  });

  it("leaves the other one alone", () => {
    const control = serving({
      previous: { color: "canary", digest: "d", until: NOON },
      candidate: aCandidate([]),
    });
    expect(retire(control, "green")).toMatchObject({ previous: { color: "canary" } });
    expect(retire(control, "canary")).toMatchObject({ candidate: { color: "green" } });
  });

  it("is refused with an open gate, and if it is not kept", () => {
    expect(retire(serving({ candidate: aCandidate() }), "green")).toHaveProperty("notAllowed");
    expect(retire(serving(), "green")).toEqual({
      notAllowed: "green is not kept warm beside the live color",
    });
  });
});

describe("what changes nothing", () => {
  it("gives the same control item, so that nothing is written", () => {
    const late = NOON + 60 * MINUTE;
    for (const flip of [
      { ...TO_GREEN, told: true },
      { ...TO_GREEN, provenAt: NOON },
    ]) {
      const control = serving({ flip });
      expect(tellUnproven(control, late)).toBe(control);
    }
    const open = serving({ candidate: aCandidate(["a"]) });
    expect(removeGates(open, [], undefined)).toBe(open);
    const left = { seen: ["a"], done: [], isOpen: false, keepUntil: undefined };
    const over = serving({ candidate: aCandidate(["a"], NOON) });
    expect(afterGates(over, left, NOON)).toBe(over);
    const none = serving({ candidate: aCandidate([], NOON + MINUTE) });
    expect(afterGates(none, left, NOON)).toBe(none);
  });
});

describe("what a flip and a gate keep", () => {
  it("is as much of the digest as tells another release apart", () => {
    const control = aControl({ serving: { ...SERVING, digest: "0123456789abcdef0123" } });
    expect(flipped(control, TO_GREEN, HALF_HOUR, NOON).previous?.digest).toBe("0123456789abcdef");
  });

  it("is everything else of the control item", () => {
    const control = serving({ flip: TO_GREEN, recentEvents: ["e"] });
    expect(provenFlip(control, NOON, NOON)).toMatchObject({ serving: SERVING, recentEvents: ["e"] });
  });

  it("is told with the instant until which a gate is open", () => {
    const control = serving({ candidate: aCandidate() });
    const notAllowed = "a gate on green is open until 2026-11-21T12:01:00.000Z";
    expect(addGate(control, "canary", "b", NOON + MINUTE, NOON)).toEqual({ notAllowed });
    expect(retire(control, "green")).toEqual({ notAllowed });
  });

  it("is no color beside the live one that is the live one itself", () => {
    expect(colorsBeside(serving({ candidate: aCandidate() }), "green", NOON)).toEqual([]);
    expect(colorsBeside(serving({ candidate: aCandidate() }), "blue", NOON)).toEqual(["green"]);
  });
});
