import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { SimulatedProvider } from "../../../lib/local/provider/server.ts";
import {
  block,
  consumed,
  HOUR,
  MINUTE,
  MODEL,
  NOON,
  OTHER_KEY,
  PLACEHOLDER,
  preWarm,
  SECOND,
  startProvider,
  WARMER_KEY,
} from "./harness.ts";

const FILL_5M = { uncachedTokens: PLACEHOLDER, write5mTokens: 1_000 };
const FILL_1H = { uncachedTokens: PLACEHOLDER, write1hTokens: 1_000 };
const READ = { uncachedTokens: PLACEHOLDER, readTokens: 1_000 };

describe("how long an entry lives", () => {
  let provider: SimulatedProvider;
  beforeEach(async () => {
    provider = await startProvider();
  });
  afterEach(() => provider.close());

  const touch = (at: number, ttl: "5m" | "1h" = "5m") => consumed(provider, at, preWarm([block(1_000, ttl)]));

  it.each([
    { ttl: "5m", fill: FILL_5M, after: 5 * MINUTE - 1, seen: READ },
    { ttl: "5m", fill: FILL_5M, after: 5 * MINUTE, seen: FILL_5M },
    { ttl: "5m", fill: FILL_5M, after: 5 * MINUTE + 1, seen: FILL_5M },
    { ttl: "1h", fill: FILL_1H, after: HOUR - 1, seen: READ },
    { ttl: "1h", fill: FILL_1H, after: HOUR, seen: FILL_1H },
    { ttl: "1h", fill: FILL_1H, after: HOUR + 1, seen: FILL_1H },
  ] as const)(
    "ends $ttl after the start of the write: $after ms later",
    async ({ ttl, fill, after, seen }) => {
      expect(await touch(NOON, ttl)).toEqual(fill);
      expect(await touch(NOON + after, ttl)).toEqual(seen);
    },
  );

  it("is renewed by a read, from the start of that read", async () => {
    await touch(NOON);
    expect(await touch(NOON + 4 * MINUTE)).toEqual(READ);
    expect(await touch(NOON + 9 * MINUTE - 1)).toEqual(READ);
    expect(await touch(NOON + 14 * MINUTE - 1)).toEqual(FILL_5M);
  });

  it("keeps the duration of the write when a read asks for another", async () => {
    await touch(NOON, "5m");
    expect(await touch(NOON + MINUTE, "1h")).toEqual(READ);
    expect(await touch(NOON + 6 * MINUTE, "1h")).toEqual(FILL_1H);
    expect(await touch(NOON + 7 * MINUTE, "5m")).toEqual(READ);
    expect(await touch(NOON + 66 * MINUTE, "5m")).toEqual(READ);
  });

  it("is never shortened by a read that arrives out of order", async () => {
    await touch(NOON);
    await touch(NOON + 4 * MINUTE);
    await touch(NOON + 2 * MINUTE);
    expect(await touch(NOON + 9 * MINUTE - 1)).toEqual(READ);
  });

  it("shows a request the cache of its own instant, whatever arrived before it", async () => {
    await touch(NOON);
    await touch(NOON + 10 * MINUTE);
    expect(await touch(NOON + 4 * MINUTE)).toEqual(READ);
    expect(await touch(NOON - 1)).toEqual(FILL_5M);
  });

  it("is kept an hour for requests that arrive late", async () => {
    await touch(NOON);
    await touch(NOON + 64 * MINUTE);
    expect(await touch(NOON + 4 * MINUTE)).toEqual(READ);
  });

  it("ends at an eviction, and the next write starts a new one", async () => {
    provider.faults.add({ kind: "evict", at: NOON + MINUTE });
    await touch(NOON, "1h");
    expect(await touch(NOON + MINUTE - 1, "1h")).toEqual(READ);
    expect(await touch(NOON + MINUTE, "1h")).toEqual(FILL_1H);
    expect(await touch(NOON + 2 * MINUTE, "1h")).toEqual(READ);
  });

  it("is reported by the cache up to its last instant", async () => {
    await touch(NOON);
    expect(provider.cache.entriesAt(NOON + 5 * MINUTE - 1)).toEqual([
      {
        workspace: "wrkspc_main",
        hash: provider.log[0]?.fingerprint,
        tokens: 1_000,
        ttl: "5m",
        expiresAt: NOON + 5 * MINUTE,
      },
    ]);
    expect(provider.cache.entriesAt(NOON + 5 * MINUTE)).toEqual([]);
  });

  it("does not stay in memory", async () => {
    for (let minute = 0; minute < 300; minute += 10) {
      await consumed(provider, NOON + minute * MINUTE, preWarm([block(1_000, "5m", `minute ${minute}`)]));
    }
    // An entry is swept at most two hours after its end; one is written every ten minutes.
    expect(provider.cache.size).toBeLessThan(15);
  });
});

describe("who shares an entry", () => {
  let provider: SimulatedProvider;
  beforeEach(async () => {
    provider = await startProvider();
    await consumed(provider, NOON, preWarm([block(1_000, "5m")]));
  });
  afterEach(() => provider.close());

  it("is everyone in the workspace, whatever their key", async () => {
    expect(
      await consumed(provider, NOON + 1, preWarm([block(1_000, "5m")]), { key: WARMER_KEY.key }),
    ).toEqual(READ);
  });

  it("is nobody in another workspace", async () => {
    const other = { key: OTHER_KEY.key };
    expect(await consumed(provider, NOON + 1, preWarm([block(1_000, "5m")]), other)).toEqual(FILL_5M);
    expect(await consumed(provider, NOON + 2, preWarm([block(1_000, "5m")]), other)).toEqual(READ);
  });

  it("is a request with an answer as much as a pre-warm request", async () => {
    const question = {
      max_tokens: 1_024,
      messages: [{ role: "user" as const, content: "Where is my order?" }],
    };
    expect(await consumed(provider, NOON + 1, preWarm([block(1_000, "5m")], question))).toEqual({
      readTokens: 1_000,
      uncachedTokens: 11,
      outputTokens: 64,
    });
  });
});

describe("when an entry can be read", () => {
  let provider: SimulatedProvider;
  beforeEach(async () => {
    provider = await startProvider({ latency: () => ({ firstByteMs: 2_000, totalMs: 9_000 }) });
    await consumed(provider, NOON, preWarm([block(1_000, "5m")]));
  });
  afterEach(() => provider.close());

  it.each([
    { after: 0, seen: FILL_5M },
    { after: 2 * SECOND - 1, seen: FILL_5M },
    { after: 2 * SECOND, seen: READ },
    { after: 2 * SECOND + 1, seen: READ },
  ])("is from the first byte of the answer on: $after ms after the start", async ({ after, seen }) => {
    expect(await consumed(provider, NOON + after, preWarm([block(1_000, "5m")]))).toEqual(seen);
  });

  it("is the longer one's of two writes of one instant", async () => {
    const text = (ttl: "5m" | "1h") => preWarm([block(1_000, ttl, "both")]);
    await Promise.all([consumed(provider, NOON, text("1h")), consumed(provider, NOON, text("5m"))]);
    const fingerprint = provider.log.at(-1)?.fingerprint;
    const both = provider.cache.entriesAt(NOON + MINUTE).filter(({ hash }) => hash === fingerprint);
    expect(both).toMatchObject([{ ttl: "1h", expiresAt: NOON + HOUR }]);
  });

  it("still counts its life from the start of the request", async () => {
    expect(await consumed(provider, NOON + 5 * MINUTE, preWarm([block(1_000, "5m")]))).toEqual(FILL_5M);
  });

  it("makes requests of one instant all pay for the write", async () => {
    const all = await Promise.all(
      Array.from({ length: 8 }, () => consumed(provider, NOON + HOUR, preWarm([block(1_000, "5m")]))),
    );
    expect(all).toEqual(Array.from({ length: 8 }, () => FILL_5M));
  });
});

describe("the model's minimum", () => {
  let provider: SimulatedProvider;
  beforeEach(async () => {
    provider = await startProvider();
  });
  afterEach(() => provider.close());

  it.each([
    { model: "claude-opus-5-5", minimum: 512 },
    { model: "claude-sonnet-5", minimum: 1_024 },
    { model: "claude-opus-4-7", minimum: 2_048 },
    { model: "claude-haiku-4-5", minimum: 4_096 },
  ])(
    "of $model is $minimum tokens; below it nothing is cached and nothing is said",
    async ({ model, minimum }) => {
      const below = preWarm([block(minimum - 1, "5m")], { model });
      const exactly = preWarm([block(minimum, "5m")], { model });
      for (const at of [NOON, NOON + 1]) {
        expect(await consumed(provider, at, below)).toEqual({ uncachedTokens: minimum - 1 + PLACEHOLDER });
      }
      expect(await consumed(provider, NOON, exactly)).toEqual({
        write5mTokens: minimum,
        uncachedTokens: PLACEHOLDER,
      });
      expect(await consumed(provider, NOON + 1, exactly)).toEqual({
        readTokens: minimum,
        uncachedTokens: PLACEHOLDER,
      });
    },
  );

  it("silences one breakpoint and not the next", async () => {
    const both = preWarm([block(300, "1h"), block(700, "5m")], { model: MODEL });
    expect(await consumed(provider, NOON, both)).toEqual(FILL_5M);
    expect(provider.cache.entriesAt(NOON)).toHaveLength(1);
  });
});
