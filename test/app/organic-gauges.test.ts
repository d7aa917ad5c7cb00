import { describe, expect, it } from "vitest";
import { ControlSession } from "../../lib/app/control-session.ts";
import { organicGauges } from "../../lib/app/organic-gauges.ts";
import { predictedTraffic } from "../../lib/app/predicted-traffic.ts";
import { newControl } from "../../lib/core/control.ts";
import type { Flip } from "../../lib/core/release/serving.ts";
import { type PrefixUse, UNMARKED } from "../../lib/core/usage/usage-record.ts";
import { aUse, aWarmState } from "../core/samples.ts";
import { MemoryControl } from "../support/memory/control.ts";
import { MemoryUsage } from "../support/memory/releases.ts";
import { MINUTE, START } from "../support/memory/world.ts";

const NOW = START;
const HOUR = 60 * MINUTE;
const SETTINGS = { organic: { minHitRate: 0.5, minRequests: 20 } };

const aFlip = (fields: Partial<Flip> = {}): Flip => ({
  from: "blue",
  to: "green",
  version: 2,
  at: NOW - 40 * MINUTE,
  release: "2",
  ...fields,
});

/** So many requests, of whose tokens so many percent were read. */
const requests = (count: number, percent: number, fields: Partial<PrefixUse> = {}) =>
  aUse({ requests: count, readTokens: percent, write5mTokens: 100 - percent, ...fields });

interface Told {
  readonly uses: readonly (readonly [at: number, use: PrefixUse])[];
  readonly flip?: Flip;
}

/** What the gauges say, and the flip as it is kept afterwards. */
async function gauges({ uses, flip }: Told) {
  const usage = new MemoryUsage();
  for (const [at, use] of uses)
    usage.records.push({ minute: at, writer: "w", part: 0, lost: 0, prefixes: [use] });
  const store = new MemoryControl();
  await store.write({ ...newControl(START - HOUR), ...(flip && { flip }) }, undefined, "first");
  const held = await store.read();
  if (held === undefined) throw new Error("unreachable");
  const points = await organicGauges(usage, new ControlSession(store, "run", held), SETTINGS, NOW);
  return {
    points: Object.fromEntries(points.map(({ name, value }) => [name, value])),
    flip: store.control.flip,
  };
}

describe("the application's hit rate", () => {
  it("is that of the last quarter of an hour", async () => {
    const { points } = await gauges({
      uses: [
        [NOW - 15 * MINUTE - 1, requests(50, 0)],
        [NOW - 15 * MINUTE, requests(10, 90)],
        [NOW - 1, requests(10, 70)],
        [NOW, requests(50, 0)],
      ],
    });
    expect(points).toEqual({ OrganicHitRate: 0.8, OrganicShortfall: 0 });
  });

  it.each<[string, PrefixUse, boolean]>([
    ["of twenty requests", requests(20, 80), true],
    ["of nineteen requests", requests(19, 80), false],
    ["of requests without a breakpoint", requests(99, 80, { fingerprint: UNMARKED }), false],
    ["of requests below the minimum", requests(99, 80, { neither: 80 }), false],
    ["of twenty others beside those", requests(99, 80, { neither: 79 }), true],
    ["of no tokens", requests(99, 0, { write5mTokens: 0 }), false],
  ])("%s is told, or is too little to tell", async (_what, use, told) => {
    const { points } = await gauges({ uses: [[NOW - MINUTE, use]] });
    expect("OrganicHitRate" in points).toBe(told);
    expect("OrganicShortfall" in points).toBe(told);
  });

  it("falls short of the floor by what is missing", async () => {
    expect((await gauges({ uses: [[NOW - 1, requests(20, 50)]] })).points["OrganicShortfall"]).toBe(0);
    expect((await gauges({ uses: [[NOW - 1, requests(20, 40)]] })).points["OrganicShortfall"]).toBeCloseTo(
      0.1,
    );
  });

  it("of first requests is told where some are marked", async () => {
    const marked = requests(20, 80, { first: 4, firstHits: 3 });
    expect((await gauges({ uses: [[NOW - 1, marked]] })).points).toMatchObject({ FirstRequestHitRate: 0.75 });
  });
});

describe("the hit rate of the hour before a flip", () => {
  const usesAround = (at: number, use: PrefixUse): Told["uses"] => [
    [at, use],
    [NOW - 1, requests(20, 60)],
  ];

  it("is the yardstick for after it: a fifth less is alarmed, whatever the floor", async () => {
    const flip = aFlip();
    const { points, flip: kept } = await gauges({ uses: usesAround(flip.at - 1, requests(20, 90)), flip });
    expect(points["OrganicShortfall"]).toBeCloseTo(0.1);
    expect(kept).toEqual({ ...flip, measured: true, organicBefore: 0.9 });
  });

  it.each([
    ["from an hour before", -HOUR, 0.9],
    ["not from earlier", -HOUR - 1, undefined],
    ["up to the flip", -1, 0.9],
    ["not from the flip on", 0, undefined],
  ])("is read %s", async (_what, offset, rate) => {
    const flip = aFlip();
    const { flip: kept } = await gauges({ uses: usesAround(flip.at + offset, requests(20, 90)), flip });
    expect(kept?.measured).toBe(true);
    expect(kept?.organicBefore).toBe(rate);
  });

  it("is unknown of too few requests, and looked at once all the same", async () => {
    const flip = aFlip();
    const { flip: kept } = await gauges({ uses: usesAround(flip.at - 1, requests(19, 90)), flip });
    expect(kept).toEqual({ ...flip, measured: true });
  });

  it("is looked at three minutes after the flip, when its records are in", async () => {
    const early = aFlip({ at: NOW - 3 * MINUTE + 1 });
    expect((await gauges({ uses: usesAround(early.at - 1, requests(20, 90)), flip: early })).flip).toEqual(
      early,
    );
    const late = aFlip({ at: NOW - 3 * MINUTE });
    expect(
      (await gauges({ uses: usesAround(late.at - 1, requests(20, 90)), flip: late })).flip?.measured,
    ).toBe(true);
  });

  it("is kept with the flip, and not read again", async () => {
    const flip = aFlip({ measured: true, organicBefore: 1 });
    const { points, flip: kept } = await gauges({ uses: usesAround(flip.at - 1, requests(20, 50)), flip });
    expect(points["OrganicShortfall"]).toBeCloseTo(0.2);
    expect(kept).toEqual(flip);
  });
});

describe("the traffic that is predicted", () => {
  it("is that of the last hour by the prompt's name, whichever bytes it had", async () => {
    const usage = new MemoryUsage();
    const record = (minute: number, ...prefixes: PrefixUse[]) =>
      usage.records.push({ minute, writer: "w", part: 0, lost: 0, prefixes });
    record(NOW - HOUR - 1, aUse({ fingerprint: "old", requests: 1_000 }));
    record(NOW - HOUR, aUse({ fingerprint: "old", requests: 1 }), aUse({ fingerprint: "b", requests: 10 }));
    record(NOW - 1, aUse({ fingerprint: "new", requests: 2 }), aUse({ fingerprint: UNMARKED, requests: 7 }));
    record(NOW, aUse({ fingerprint: "new", requests: 1_000 }));
    const states = [
      aWarmState({ name: "support", fingerprint: "old" }),
      aWarmState({ name: "support", fingerprint: "new" }),
      aWarmState({ name: "billing", fingerprint: "b" }),
      aWarmState({ name: "quiet", fingerprint: "q" }),
    ];
    expect(await predictedTraffic(usage, states, NOW)).toEqual(
      new Map([
        ["support", 3],
        ["billing", 10],
      ]),
    );
  });
});
