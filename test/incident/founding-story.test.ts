import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { aPrompt } from "../support/prompts.ts";
import { CONFIG, MINUTE, World } from "../support/world.ts";

let world: World;
const stopWorld = () => world.stop();

const blue = [aPrompt("support", { words: "blue support" }), aPrompt("triage")];
const green = [aPrompt("support", { words: "green support" }), aPrompt("triage")];

/** Fingerprint → start of its touches, in order. */
function touchesByFingerprint(since: number): Map<string, { at: number; read: number; written: number }[]> {
  const byFingerprint = new Map<string, { at: number; read: number; written: number }[]>();
  for (const { fingerprint, at, usage } of world.touches(since)) {
    if (fingerprint === undefined || usage === undefined) continue;
    const written = usage.write5mTokens + usage.write1hTokens;
    byFingerprint.set(fingerprint, [
      ...(byFingerprint.get(fingerprint) ?? []),
      { at, read: usage.readTokens, written },
    ]);
  }
  return byFingerprint;
}

/** Ten minutes of blue, green being published beside it. */
async function liveBlue(): Promise<void> {
  world = await World.live(blue);
  await world.publish("green", "2", green);
  await world.pass(10 * MINUTE);
}

/** After a flip: how long until the one new prompt was filled, and from there until the whole of it was read back. */
function timesAfter(flippedAt: number): { readonly filled: number; readonly proven: number } {
  const written = world.touches(flippedAt).filter(({ usage }) => (usage?.write5mTokens ?? 0) > 0);
  expect(written).toHaveLength(1);
  const [fill] = written;
  const filledAt = fill?.at ?? Number.POSITIVE_INFINITY;
  const proof = world
    .touches(filledAt + 1)
    .find(
      ({ fingerprint, usage }) =>
        fingerprint === fill?.fingerprint && usage?.readTokens === fill?.usage?.write5mTokens,
    );
  return { filled: filledAt - flippedAt, proven: (proof?.at ?? Number.POSITIVE_INFINITY) - filledAt };
}

describe("the flip that a pinned warmer never notices", () => {
  let flippedAt: number;
  let before: Set<string>;
  beforeAll(async () => {
    await liveBlue();
    before = new Set(touchesByFingerprint(0).keys());
    flippedAt = world.engine.now();
    await world.flip("green");
    await world.pass(10 * MINUTE);
  });
  afterAll(stopWorld);

  it("fills green within seconds and reads it back within two ticks", () => {
    const { filled, proven } = timesAfter(flippedAt);
    expect(filled).toBeLessThanOrEqual(5_000);
    expect(proven).toBeGreaterThanOrEqual(2_000);
    expect(filled + proven).toBeLessThanOrEqual(2 * MINUTE);
  });

  it("touches a prefix that both colors share once, and never fills it again", () => {
    const shared = [...touchesByFingerprint(flippedAt).values()].filter((touches) =>
      touches.every(({ written }) => written === 0),
    );
    // And what only blue serves: it is kept warm for a rollback.
    expect(shared).toHaveLength(2);
    for (const touches of shared)
      for (const [first, next] of pairs(touches))
        expect(next.at - first.at).toBeGreaterThanOrEqual(2 * MINUTE);
  });

  it("sends nothing any more for a prefix that only the old color serves, once its time is over", async () => {
    const over = flippedAt + CONFIG.keepPreviousMs + 2 * MINUTE;
    await world.engine.runUntil(over + 10 * MINUTE);
    const touched = new Set(touchesByFingerprint(over).keys());
    expect([...touched].filter((fingerprint) => before.has(fingerprint))).toHaveLength(1);
    expect(touched.size).toBe(2);
  });

  it("keeps every alarm quiet, through deploy and publish as well", () => {
    expect(world.allFired()).toEqual([]);
  });
});

describe("a flip whose change event is lost", () => {
  beforeAll(liveBlue);
  afterAll(stopWorld);

  it("is met by the next tick: green is filled within one and read back within two", async () => {
    world.engine.events.loseEvents("Parameter Store Change");
    const flippedAt = world.engine.now();
    await world.flip("green");
    await world.pass(2 * MINUTE);
    const { filled, proven } = timesAfter(flippedAt);
    expect(filled).toBeLessThanOrEqual(MINUTE + 1_000);
    expect(proven).toBeGreaterThanOrEqual(2_000);
    expect(filled + proven).toBeLessThanOrEqual(2 * MINUTE);
  });
});

describe("a warmer that stops", () => {
  beforeAll(async () => {
    world = await World.live(blue);
    await world.pass(20 * MINUTE);
  });
  afterAll(stopWorld);

  it("is heard within ten minutes, and not before it stopped", async () => {
    expect(world.allFired()).toEqual([]);

    const stoppedAt = world.engine.now();
    world.engine.events.setEnabled(world.ruleOf("WarmTick"), false);
    await world.pass(12 * MINUTE);
    const [heardAt = Number.POSITIVE_INFINITY] = world.fired("WarmerSilent", stoppedAt);
    expect(heardAt - stoppedAt).toBeLessThanOrEqual(10 * MINUTE);

    world.engine.events.setEnabled(world.ruleOf("WarmTick"), true);
    await world.pass(10 * MINUTE);
    expect(world.recovered("WarmerSilent", heardAt)).toHaveLength(1);
  });

  it("is heard within ten minutes when the monitor stops too: INSUFFICIENT_DATA notifies", async () => {
    const stoppedAt = world.engine.now();
    world.engine.events.setEnabled(world.ruleOf("WarmTick"), false);
    world.engine.events.setEnabled(world.ruleOf("MonitorTick"), false);
    await world.pass(12 * MINUTE);
    const [heardAt = Number.POSITIVE_INFINITY] = world.fellSilent("WarmerSilent", stoppedAt);
    expect(heardAt - stoppedAt).toBeLessThanOrEqual(10 * MINUTE);
    const mails = world.engine.journal.events.filter(
      (event) => event.kind === "notified" && event.at >= heardAt && event.subject.includes("WarmerSilent"),
    );
    expect(mails).toHaveLength(1);
  });
});

describe("a 1h prefix", () => {
  beforeAll(async () => {
    world = await World.live([aPrompt("support", { ttl: "1h" })]);
  });
  afterAll(stopWorld);

  it("is rightly untouched for most of an hour, and alarms nothing", async () => {
    await world.pass(65 * MINUTE);
    const starts = world.touches().map(({ at }) => at);
    const gaps = pairs(starts).map(([first, next]) => next - first);
    expect(Math.max(...gaps)).toBeGreaterThanOrEqual(55 * MINUTE);
    expect(world.allFired()).toEqual([]);
    expect(world.ran().every(({ outcome }) => outcome === "warmed" || outcome === "nothing_due")).toBe(true);
  });
});

function pairs<T>(items: readonly T[]): [T, T][] {
  return items.slice(1).map((item, i) => [items[i] as T, item]);
}
