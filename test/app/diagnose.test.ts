import { describe, expect, it } from "vitest";
import { diagnose } from "../../lib/app/diagnose.ts";
import { StateUnreadable } from "../../lib/app/errors.ts";
import { NEVER } from "../../lib/core/due.ts";
import type { FillMinute } from "../../lib/core/fill-cost/fill-minutes.ts";
import type { PrefixState } from "../../lib/core/prefix-state.ts";
import { aFilledState, aUse, MINUTE, NOON, SECOND } from "../core/samples.ts";
import { CONFIG, MemoryWorld } from "../support/memory/world.ts";

/** In the middle of a minute; the window begins a quarter of an hour before that minute does. */
const NOW = NOON + 30 * SECOND;
const FROM = NOON - 15 * MINUTE;

function aMinute(at: number, counts: Partial<FillMinute> = {}): FillMinute {
  return { minute: at / MINUTE, fillCost: 1_000, fills: 2, unexpected: 1, failed: 3, ...counts };
}

async function aWorld(): Promise<MemoryWorld> {
  const world = new MemoryWorld({ startAt: NOON - 60 * MINUTE });
  await world.init("blue");
  return world;
}

/** A write of the window that nothing but its reason explains. */
const wrote = (reason: string, at: number, cost = 40_000) => ({
  recentFills: [`${at} ${reason} 5m 10000 ${cost}`],
});

const asked = (world: MemoryWorld) => diagnose(world, CONFIG, NOW);

describe("a diagnosis", () => {
  it("of a warmer that was never initialised cannot be made", async () => {
    await expect(asked(new MemoryWorld())).rejects.toThrow(
      new StateUnreadable("there is no control item; run `warmer init`"),
    );
  });

  it("names nothing in quiet minutes", async () => {
    expect(await asked(await aWorld())).toMatchObject({
      fillCost: 0,
      fills: 0,
      candidates: [{ cause: "unknown", confidence: 1 }],
    });
  });

  it("adds up the minute under way and the fifteen before it, and none before", async () => {
    const world = await aWorld();
    const minutes = [FROM - MINUTE, FROM, NOON].map((at, i) => aMinute(at, { fillCost: 10 ** i }));
    world.control.edit((control) => ({ ...control, ledger: { ...control.ledger, minutes } }));
    expect(await asked(world)).toMatchObject({
      from: FROM,
      to: NOW,
      fillCost: 110,
      fills: 4,
      unexpected: 2,
      failed: 6,
    });
  });

  it.each([
    { what: "begins", at: FROM, cause: "early_eviction" },
    { what: "is not yet open", at: FROM - 1, cause: "unknown" },
  ])("explains a write at the moment the window $what: $cause", async ({ at, cause }) => {
    const world = await aWorld();
    await world.prefixes.save([aFilledState({ provenAt: at, ...wrote("gone", at) })]);
    expect((await asked(world)).candidates[0]?.cause).toBe(cause);
  });

  it("shows the known events that reach into the window, and no earlier one", async () => {
    const world = await aWorld();
    for (const [id, to] of Object.entries({ before: FROM - 1, touching: FROM, within: NOON })) {
      await world.events.put({ id, kind: "deploy", from: FROM - 30 * MINUTE, to, by: "ops", note: id });
    }
    expect((await asked(world)).events.map(({ id }) => id)).toEqual(["touching", "within"]);
  });
});

/** What is said of the causes of writes for one reason, five minutes ago, in a world that was changed. */
async function saidOf(
  reason: string,
  change: (world: MemoryWorld) => void | Promise<void>,
  states: readonly Partial<PrefixState>[] = [{}],
): Promise<string> {
  const world = await aWorld();
  const mark = wrote(reason, NOON - 5 * MINUTE);
  await world.prefixes.save(
    states.map((state, i) => aFilledState({ fingerprint: `${i}`.repeat(64), ...mark, ...state })),
  );
  await change(world);
  const config = { expected: { ...CONFIG.expected, prefixes: 1 } };
  const { candidates } = await diagnose(world, config, NOW);
  return candidates.map(({ cause, evidence }) => `${cause}: ${evidence.join("; ")}`).join("\n");
}

describe("what a write answers to", () => {
  it.each([
    { at: FROM, isSaid: true },
    { at: FROM - 1, isSaid: false },
  ])("is a resume only if that lies in the window", async ({ at, isSaid }) => {
    const said = await saidOf("expired", ({ control }) =>
      control.edit((before) => ({ ...before, lastResume: { at, by: "ops", reason: "looked" } })),
    );
    expect(said.includes("the warmer was resumed in these minutes")).toBe(isSaid);
  });

  it.each([
    { changed: ["configuration"] as const, cause: /^configuration_error: / },
    { changed: [] as const, cause: /^early_eviction: / },
  ])("is a deployment of which $changed changed: $cause", async ({ changed, cause }) => {
    const said = await saidOf("gone", ({ control }) =>
      control.edit((before) => ({
        ...before,
        deployed: { config: "a", code: "b", since: NOON - 8 * MINUTE, changed },
      })),
    );
    expect(said).toMatch(cause);
  });

  it.each([
    { endedBefore: 60 * MINUTE, isSaid: true },
    { endedBefore: 60 * MINUTE + 1, isSaid: false },
  ])("is an event that ended at most an hour before the window", async ({ endedBefore, isSaid }) => {
    const to = FROM - endedBefore;
    const said = await saidOf("first", ({ events }) =>
      events.put({ id: "e", kind: "deploy", from: to - MINUTE, to, by: "ops", note: "" }),
    );
    expect(said.includes("a deploy started")).toBe(isSaid);
  });

  it("is an absence of the provider where touches failed minute after minute", async () => {
    const minutes = [9, 8, 7].map((ago) => aMinute(NOON - ago * MINUTE));
    const said = await saidOf("expired", ({ control }) =>
      control.edit((before) => ({ ...before, ledger: { ...before.ledger, minutes } })),
    );
    expect(said).toContain("9 touches failed before: the provider was away");
  });

  it.each<[string, Partial<PrefixState>, RegExp]>([
    ["more prompts than are expected", {}, /^configuration_error: 2 prompts are served .* expects 1/],
    ["no more than are expected where one is out of service", { dueAt: NEVER }, /^onboarding: /],
    ["no more than are expected where one is warm beside them", { beside: true }, /^onboarding: /],
  ])("is %s", async (_what, second, said) => {
    expect(await saidOf("first", () => {}, [{}, second])).toMatch(said);
  });

  it.each([
    { minute: FROM, isSaid: true },
    { minute: FROM - MINUTE, isSaid: false },
  ])("is what the application sent in the window", async ({ minute, isSaid }) => {
    const prefixes = [aUse({ fingerprint: "f".repeat(64), cold: 7 })];
    const said = await saidOf("gone", ({ usage }) => {
      usage.records.push({ minute, writer: "app", part: 0, lost: 0, prefixes });
    });
    expect(said.includes("10 of 10 requests of the application (100 %) have bytes")).toBe(isSaid);
  });
});
