import { describe, expect, it } from "vitest";
import { NEVER } from "../../lib/core/due.ts";
import { abandon, reconcile } from "../../lib/core/reconcile.ts";
import { anEntry, aWarmState, MINUTE, NOON } from "./samples.ts";

const NOW = NOON + MINUTE;
const a = anEntry({ name: "a" });
const b = anEntry({ name: "b" });
const warm = (entry: typeof a, fields: Parameters<typeof aWarmState>[0] = {}) =>
  aWarmState({ name: entry.name, fingerprint: entry.fingerprint, ...fields });

/** What is due of what is known, by fingerprint; prefixes that are not served any more are `never`. */
const dueOf = (states: ReturnType<typeof reconcile>) =>
  Object.fromEntries(
    states.map(({ fingerprint, dueAt }) => [fingerprint, dueAt === NEVER ? "never" : "due"]),
  );

describe("a manifest that serves", () => {
  it("makes a prefix of each entry, and keeps what is known of those that stay", () => {
    const known = warm(a);
    const states = reconcile([known], [a, b], [], NOW, true);
    expect(states.map(({ name }) => name)).toEqual(["a", "b"]);
    expect(states[0]).toMatchObject({ provenAt: known.provenAt, lastStart: known.lastStart });
    expect(states[1]).not.toHaveProperty("lastStart");
  });

  it("lets go of what no manifest lists any more, and keeps its history", () => {
    const gone = warm(a);
    const states = reconcile([gone], [b], [], NOW, true);
    expect(dueOf(states)).toEqual({ [b.fingerprint]: "due", [a.fingerprint]: "never" });
    expect(states[1]).toEqual({ ...gone, dueAt: NEVER });
  });

  it("does not touch again what was let go before, so that nothing is written for it", () => {
    const gone = { ...warm(a), dueAt: NEVER };
    expect(reconcile([gone], [b], [], NOW, true)).toHaveLength(1);
  });

  it("takes the plan from what it lets go", () => {
    const planned = { ...warm(a), dueAt: NEVER, passed: [NOON] } as unknown as ReturnType<typeof warm>;
    const states = reconcile([planned], [b], [], NOW, true);
    expect(states[1]?.fingerprint).toBe(a.fingerprint);
    expect(states[1]).not.toHaveProperty("passed");
    expect(abandon(planned)).not.toHaveProperty("passed");
  });
});

describe("manifests beside the one that serves", () => {
  it("are warmed too, and marked as such", () => {
    const [live, beside] = reconcile([], [a], [b], NOW, true);
    expect(live).not.toHaveProperty("beside");
    expect(beside).toMatchObject({ name: "b", beside: true });
  });

  it("that list the same bytes are one prefix, which serves", () => {
    const states = reconcile([], [a], [a, b], NOW, true);
    expect(states.map(({ name, beside }) => [name, beside])).toEqual([
      ["a", undefined],
      ["b", true],
    ]);
  });

  it("that list the same bytes twice are one prefix", () => {
    expect(reconcile([], [a], [b, { ...b }], NOW, true)).toHaveLength(2);
  });

  it("keep what is known of their prefixes", () => {
    const known = warm(b);
    expect(reconcile([known], [a], [b], NOW, false)[1]).toMatchObject({ provenAt: known.provenAt });
  });
});

describe("a name that gets other bytes", () => {
  const other = { ...a, fingerprint: "other bytes" };
  const drifted = (known: ReturnType<typeof warm>, sameColor = true) =>
    reconcile([known], [other], [], NOW, sameColor)[0]?.drifted;

  it("has drifted where its color stayed and it was warm: a cold start without a flip", () => {
    expect(drifted(warm(a))).toBe(true);
  });

  it.each<[string, Parameters<typeof warm>[1], boolean]>([
    ["with a flip", {}, false],
    ["where nothing served it any more", { dueAt: NEVER }, true],
    ["where it was warm beside the live color", { beside: true }, true],
    ["where it had gone cold", { lastStart: NOON - 60 * MINUTE }, true],
    ["where another name was warm", { name: "z" }, true],
  ])("has not drifted %s", (_what, fields, sameColor) => {
    expect(drifted(warm(a, fields), sameColor)).toBeUndefined();
  });

  it("has not drifted where the bytes were known before", () => {
    const known = { ...warm(a), fingerprint: other.fingerprint };
    expect(reconcile([known, warm(a)], [other], [], NOW, true)[0]).not.toHaveProperty("drifted");
  });

  it("remembers what it stood for", () => {
    expect(reconcile([warm(a)], [other], [], NOW, false)[0]).toMatchObject({ before: { model: a.model } });
    expect(reconcile([warm(b)], [a], [{ ...b, fingerprint: "x" }], NOW, false)[1]).toMatchObject({
      before: { model: b.model },
    });
  });
});
