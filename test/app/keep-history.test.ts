import { describe, expect, it } from "vitest";
import { ControlSession } from "../../lib/app/control-session.ts";
import { keepHistory } from "../../lib/app/keep-history.ts";
import { EMPTY_HISTORY, type FillHistory, type HistoryHour } from "../../lib/core/fill-cost/fill-history.ts";
import type { KnownEvent } from "../../lib/core/known-event.ts";
import { emptyLedger } from "../../lib/core/ledger.ts";
import { aFilledState, aUse, DAY, HOUR, MINUTE, NOON } from "../core/samples.ts";
import { MemoryWorld } from "../support/memory/world.ts";

/** The hour that began at noon is the first that is not over. */
const NOW = NOON + 10 * MINUTE;
const OPEN = NOON / HOUR;
const QUIET = { fillCost: 0, spend: 0, avoided: 0, requests: 0 };

/** Some money was spent in the hour before noon; green serves one prefix. */
async function aWorld(hour = OPEN - 1): Promise<MemoryWorld> {
  const world = new MemoryWorld({ startAt: NOON - 8 * DAY });
  await world.init("green");
  await world.prefixes.save([aFilledState()]);
  world.control.edit((control) => ({
    ...control,
    ledger: { ...emptyLedger(NOW), closed: [{ hour, fillCost: 700, spent: 900 }] },
  }));
  serve(world, "digest-1");
  return world;
}

function serve({ control }: MemoryWorld, digest: string): void {
  const serving = { color: "green", digest, release: "1", parameterVersion: 1, since: NOON };
  control.edit((before) => ({ ...before, serving: { ...serving, prefixes: 1, required: 1 } }));
}

/** The application read what the warmer keeps warm, in a minute of that hour. */
function read({ usage }: MemoryWorld, hour: number): void {
  const prefixes = [aUse({ uncachedTokens: 0 })];
  usage.records.push({ minute: hour * HOUR + MINUTE, writer: "app", part: 0, lost: 0, prefixes });
}

async function keep(
  world: MemoryWorld,
  history: FillHistory = EMPTY_HISTORY,
  events: readonly KnownEvent[] | "unreadable" = [],
  now = NOW,
): Promise<FillHistory> {
  const held = await world.control.read();
  if (held === undefined) throw new Error("there is no control item");
  const session = new ControlSession(world.control, "run-1", held);
  return keepHistory(world, session, history, events === "unreadable" ? undefined : events, now);
}

const hoursOf = ({ hours }: FillHistory) => hours.map(({ hour }) => hour - OPEN);
const anHour = (hour: number, figures: Partial<HistoryHour> = {}) => ({ ...QUIET, hour, ...figures });

describe("an hour that is over", () => {
  it("is put into the history with what it saved, and forgotten by the ledger", async () => {
    const world = await aWorld();
    for (const hour of [OPEN - 2, OPEN - 1, OPEN]) read(world, hour);
    const history = await keep(world);
    // 100,000 tokens that cost 0.1 USD a million to read, and 2.5 to write.
    const hour = { fillCost: 700, spend: 900, avoided: 240_000, requests: 10 };
    expect(history.hours).toEqual([anHour(OPEN - 1, hour)]);
    expect(world.history.history).toEqual(history);
    expect(world.control.control.ledger.closed).toEqual([]);
  });

  it.each([
    { ttl: "5m", grantedTtl: "1h", avoided: 390_000 },
    { ttl: "1h", grantedTtl: "5m", avoided: 240_000 },
    { ttl: "1h", grantedTtl: undefined, avoided: 390_000 },
  ] as const)("saved what writing costs with $grantedTtl granted where $ttl was asked for", async (asked) => {
    const { ttl, grantedTtl, avoided } = asked;
    const world = await aWorld();
    read(world, OPEN - 1);
    world.prefixes.edit("support", ({ grantedTtl: _granted, ...state }) => ({
      ...state,
      ttl,
      ...(grantedTtl !== undefined && { grantedTtl }),
    }));
    expect((await keep(world)).hours[0]?.avoided).toBe(avoided);
  });

  it.each([
    { hoursAgo: 168, requests: 10 },
    { hoursAgo: 169, requests: 0 },
  ])("of $hoursAgo hours ago saved what $requests requests say: records expire", async (asked) => {
    const world = await aWorld(OPEN - asked.hoursAgo);
    read(world, OPEN - asked.hoursAgo);
    expect((await keep(world)).hours[0]).toMatchObject({ fillCost: 700, requests: asked.requests });
  });
});

describe("hours in which nothing was spent", () => {
  const known = { hours: [anHour(OPEN - 6)], days: [] };
  it.each([
    ["are all since the newest one that is known", known, [-6, -5, -4, -3, -2, -1]],
    ["are unknown before damage was found", { ...known, problem: damaged(OPEN - 2) }, [-6, -2, -1]],
    [
      "are known since, if older damage was found",
      { ...known, problem: damaged(OPEN - 9) },
      [-6, -5, -4, -3, -2, -1],
    ],
    ["are unknown where nothing else is known", EMPTY_HISTORY, [-1]],
    [
      "begin with the damage where nothing else is left",
      { ...EMPTY_HISTORY, problem: damaged(OPEN - 3) },
      [-3, -2, -1],
    ],
  ])("%s", async (_what, history, hours) => {
    expect(hoursOf(await keep(await aWorld(), history))).toEqual(hours);
  });
});

function damaged(hour: number) {
  return { at: hour * HOUR + 30 * MINUTE, text: "an hour cannot be read" };
}

describe("what is normal", () => {
  const event = { id: "e", kind: "deploy", from: NOON - HOUR, to: NOON - 1, by: "ops", note: "" } as const;

  it("is computed once an hour, with what it costs to fill what is live", async () => {
    const world = await aWorld();
    const history = await keep(world);
    expect(history.normal).toMatchObject({
      hour: OPEN,
      baseline: { state: "known", hoursCounted: 1, fillRate: 700, hourlyPeak: 700 },
      // 10,000 tokens, written for 2.5 USD a million.
      live: { digest: "digest-1", all: 25_000, largest: 25_000 },
    });
    expect(await keep(world, history, [], NOW + 54 * MINUTE)).toBe(history);
    expect(world.history.writes).toBe(1);
    expect((await keep(world, history, [], NOW + 55 * MINUTE)).normal?.hour).toBe(OPEN + 1);
  });

  it("leaves out the hours of known events, and nothing of what is live before something is", async () => {
    const world = await aWorld();
    world.control.edit(({ serving: _serving, ...control }) => control);
    const { normal } = await keep(world, EMPTY_HISTORY, [event]);
    expect(normal?.baseline.hoursCounted).toBe(0);
    expect(normal).not.toHaveProperty("live");
  });

  it("stays as it was while events cannot be read; without any before, none are counted", async () => {
    const world = await aWorld();
    const { hours, days, normal } = await keep(world, EMPTY_HISTORY, "unreadable");
    expect(normal?.baseline.hoursCounted).toBe(1);
    const grown = { hours: [...hours, anHour(OPEN)], days, ...(normal !== undefined && { normal }) };
    const later = await keep(world, grown, "unreadable", NOW + HOUR);
    expect(later.normal).toMatchObject({ hour: OPEN + 1, baseline: normal?.baseline });
    expect((await keep(world, grown, [], NOW + HOUR)).normal?.baseline.hoursCounted).toBe(2);
  });

  it("costs something else as soon as another manifest is live, with the same baseline", async () => {
    const world = await aWorld();
    const history = await keep(world, EMPTY_HISTORY, [event]);
    serve(world, "digest-2");
    world.prefixes.edit("support", (state) => ({ ...state, measuredTokens: 20_000 }));
    const { item } = world.control;
    const next = await keep(world, history, [], NOW + MINUTE);
    expect(next).toEqual({
      ...history,
      normal: { ...history.normal, live: { digest: "digest-2", all: 50_000, largest: 50_000 } },
    });
    expect(world.history.history).toEqual(next);
    expect(world.control.item).toBe(item);
  });

  it("writes no control item where the ledger has nothing to forget", async () => {
    const world = await aWorld();
    world.control.edit((control) => ({ ...control, ledger: emptyLedger(NOW) }));
    const { item } = world.control;
    await keep(world);
    expect(world.control.item).toBe(item);
  });
});
