import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { listMarks, type MarkRequest, markEvent } from "../../lib/app/mark.ts";
import { ANNOUNCED_KINDS, LONGEST_EVENT_MS, parseKnownEvent } from "../../lib/core/known-event.ts";
import { MemoryKnownEvents } from "../support/memory/known-events.ts";

const NOW = Date.UTC(2026, 10, 21, 9, 30);
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

function aDesk() {
  const events = new MemoryKnownEvents();
  const ports = { clock: { now: () => NOW }, events };
  const mark = (request: Partial<MarkRequest> = {}) =>
    markEvent(ports, {
      kind: "onboarding",
      from: NOW,
      to: NOW + 2 * HOUR,
      expectedCost: 5_000_000,
      note: "search moves in",
      by: "olivia",
      ...request,
    });
  return { events, ports, mark };
}

describe("a mark", () => {
  it.each(ANNOUNCED_KINDS)(
    "of a %s is stored as a known event, with who, when, why and how much",
    async (kind) => {
      const { events, mark } = aDesk();
      const { event, stored, overlaps } = await mark({ kind });
      expect(event).toMatchObject({
        kind,
        from: NOW,
        to: NOW + 2 * HOUR,
        expectedCost: 5_000_000,
        note: "search moves in",
        by: "olivia",
      });
      expect({ stored, overlaps }).toEqual({ stored: true, overlaps: [] });
      expect([...events.stored.values()].map(parseKnownEvent)).toEqual([event]);
    },
  );

  it("without a cost has none: it explains nothing", async () => {
    const { events, ports } = aDesk();
    const request = { kind: "deploy", from: NOW, to: NOW + HOUR, note: "", by: "olivia" } as const;
    const { event } = await markEvent(ports, request);
    expect("expectedCost" in event).toBe(false);
    expect(events.stored.size).toBe(1);
  });

  it("that is made twice within its minute is one mark, and the second tells what it replaces", async () => {
    const { events, mark } = aDesk();
    const first = await mark({ from: NOW + 1 });
    const second = await mark({ from: NOW + MINUTE - 1, expectedCost: 7_000_000 });
    expect(second.replaces).toEqual(first.event);
    expect([...events.stored.values()]).toEqual([second.event]);
  });

  it.each([
    ["another minute", { from: NOW + MINUTE }],
    ["another note", { note: "billing moves in" }],
    ["another kind", { kind: "deploy" as const }],
  ])("of %s is another mark, and the overlap is told", async (_what, change) => {
    const { events, mark } = aDesk();
    const first = await mark();
    const second = await mark(change);
    expect(second.overlaps).toEqual([first.event]);
    expect(second.replaces).toBeUndefined();
    expect(events.stored.size).toBe(2);
  });

  it("that begins where another ends overlaps nothing", async () => {
    const { mark } = aDesk();
    await mark({ to: NOW + HOUR });
    expect((await mark({ from: NOW + HOUR })).overlaps).toEqual([]);
    expect((await mark({ from: NOW + HOUR - MINUTE, note: "earlier" })).overlaps).toHaveLength(2);
  });

  it("in a dry run is told with its overlaps, and not stored", async () => {
    const { events, mark } = aDesk();
    await mark();
    const { stored, event, overlaps } = await mark({ dryRun: true, note: "billing moves in" });
    expect({ stored, note: event.note, overlaps: overlaps.length }).toEqual({
      stored: false,
      note: "billing moves in",
      overlaps: 1,
    });
    expect(events.stored.size).toBe(1);
  });

  it("keeps its note on one line", async () => {
    const { mark } = aDesk();
    expect((await mark({ note: " search\r\n\tmoves\u0007in\u2028 " })).event.note).toBe("search moves in");
  });
});

describe("a mark is refused", () => {
  it.each([
    ["when it is reversed", { to: NOW - 1 }, "its end must lie after its begin"],
    ["when it is empty", { to: NOW }, "its end must lie after its begin"],
    ["past 7 days", { to: NOW + LONGEST_EVENT_MS + 1 }, "may last 7 days at most"],
    [
      "more than 90 days ahead",
      { from: NOW + 90 * DAY + 1, to: NOW + 91 * DAY },
      "must begin within 90 days",
    ],
    ["after 60 days", { from: NOW - 61 * DAY, to: NOW - 60 * DAY - 1 }, "within the last 60 days"],
    ["with a negative cost", { expectedCost: -1 }, "must be above 0 micro-USD and whole, got -1"],
    ["with no number as its cost", { expectedCost: Number.NaN }, "got NaN"],
    ["with a fraction of a micro-USD", { expectedCost: 0.5 }, "got 0.5"],
    ["with a cost of nothing", { expectedCost: 0 }, "got 0"],
    ["with no instant", { from: Number.NaN }, "must be instants, got NaN"],
    ["with a note of 201 bytes", { note: `${"é".repeat(100)}e` }, "at most 200 bytes, got 201"],
    ["with a kind that marks itself", { kind: "publish" as "deploy" }, "the kind must be one of onboarding"],
  ])("%s", async (_what, change, message) => {
    const { events, mark } = aDesk();
    await expect(mark(change)).rejects.toThrow(message);
    await expect(mark(change)).rejects.toMatchObject({ name: "Refused" });
    expect(events.stored.size).toBe(0);
  });

  it("with every fault at once", async () => {
    const { mark } = aDesk();
    await expect(mark({ to: NOW - 1, expectedCost: -1, note: "n".repeat(201) })).rejects.toThrow(
      /^the mark is refused:\n {2}- its end .*\n {2}- the expected cost .*\n {2}- the note /,
    );
  });

  it.each([
    ["of exactly 7 days", { to: NOW + LONGEST_EVENT_MS }],
    ["that begins in exactly 90 days", { from: NOW + 90 * DAY, to: NOW + 91 * DAY }],
    ["that ended exactly 60 days ago", { from: NOW - 61 * DAY, to: NOW - 60 * DAY }],
    ["with a note of 200 bytes", { note: "n".repeat(200) }],
    ["of the smallest cost", { expectedCost: 1 }],
  ])("but not one %s", async (_what, change) => {
    const { events, mark } = aDesk();
    await mark(change);
    expect(events.stored.size).toBe(1);
  });
});

describe("the marks that are listed", () => {
  it("are those of the last 7 days and those to come, oldest first", async () => {
    const { ports, mark } = aDesk();
    const spans: readonly (readonly [note: string, from: number, to: number])[] = [
      ["to come", NOW + 30 * DAY, NOW + 31 * DAY],
      ["over", NOW - 8 * DAY, NOW - 7 * DAY - 1],
      ["just in", NOW - 8 * DAY, NOW - 7 * DAY],
      ["now", NOW - HOUR, NOW + HOUR],
    ];
    for (const [note, from, to] of spans) await mark({ note, from, to });
    expect((await listMarks(ports)).map(({ note }) => note)).toEqual(["just in", "now", "to come"]);
  });

  it("never last longer than a look for events goes back", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: -50 * DAY, max: 80 * DAY }),
        fc.integer({ min: 1, max: LONGEST_EVENT_MS }),
        async (start, length) => {
          const { mark } = aDesk();
          const { event } = await mark({ from: NOW + start, to: NOW + start + length });
          expect(event.to - event.from).toBeLessThanOrEqual(LONGEST_EVENT_MS);
          expect(event.to).toBeGreaterThan(event.from);
          expect(event.from % MINUTE).toBe(0);
        },
      ),
    );
  });
});
