import { expect, it } from "vitest";
import { StateUnreadable } from "../../lib/app/errors.ts";
import { eventsOfAll, eventWidget } from "../../lib/app/event-widget.ts";
import { MemoryKnownEvents } from "../support/memory/known-events.ts";

const NOON = Date.UTC(2026, 10, 21, 12);
const HOUR = 3_600_000;
const question = { widgetContext: { timeRange: { start: NOON - HOUR, end: NOON }, width: 600 } };

async function events(): Promise<MemoryKnownEvents> {
  const store = new MemoryKnownEvents();
  for (const [id, from] of Object.entries({ old: NOON - 3 * HOUR, now: NOON - HOUR / 2 })) {
    await store.put({ id, kind: "deploy", from, to: from + HOUR, by: "olivia", note: `the ${id} one` });
  }
  return store;
}

it("answers a dashboard with the events of its time range", async () => {
  const html = await eventWidget(await events(), question);
  expect(html).toContain("the now one");
  expect(html).not.toContain("the old one");
});

it("leaves a tick alone", async () => {
  expect(await eventWidget(await events(), { source: "aws.events" })).toBeUndefined();
});

it("tells a dashboard that the table does not answer", async () => {
  const between = () => Promise.reject(new StateUnreadable("reading known events: TimeoutError"));
  expect(await eventWidget({ between }, question)).toContain("could not be read (StateUnreadable)");
});

it("shows what every partition marked as one event, in the order of time", async () => {
  const store = new MemoryKnownEvents();
  await store.put({ id: "first", kind: "flip", from: NOON - HOUR, to: NOON, by: "test", note: "" });
  const all = eventsOfAll([await events(), store, store]);
  expect((await all.between(NOON - 4 * HOUR, NOON)).map(({ id }) => id)).toEqual(["old", "first", "now"]);
  expect((await all.between(NOON - HOUR, NOON)).map(({ id }) => id)).toEqual(["first", "now"]);
});
