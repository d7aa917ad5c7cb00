import fc from "fast-check";
import { expect, it } from "vitest";
import { mostInFlight } from "../../../lib/local/provider/request-log.ts";
import { block, clientAt, consumed, NOON, preWarm, startProvider } from "./harness.ts";

it("keeps hash and sizes of a prompt and none of its text", async () => {
  const provider = await startProvider();
  const params = preWarm([block(1_000, "5m", "a secret recipe")]);
  await consumed(provider, NOON, params);
  await provider.close();
  expect(provider.log).toEqual([
    {
      requestId: expect.stringMatching(/^req_/),
      at: NOON,
      endpoint: "messages",
      status: 200,
      caller: "app",
      workspace: "wrkspc_main",
      model: "claude-opus-5",
      maxTokens: 0,
      fingerprint: expect.stringMatching(/^[\da-f]{64}$/),
      bytes: Buffer.byteLength(JSON.stringify(params)),
      promptTokens: 1_008,
      usage: { write5mTokens: 1_000, write1hTokens: 0, readTokens: 0, uncachedTokens: 8, outputTokens: 0 },
      inFlightMs: 0,
    },
  ]);
  expect(JSON.stringify(provider.log)).not.toContain("secret");
});

it("gives requests with one prefix one fingerprint, whatever follows it", async () => {
  const provider = await startProvider();
  const prefix = [block(1_000, "1h")];
  await consumed(provider, NOON, preWarm(prefix));
  await consumed(
    provider,
    NOON,
    preWarm(prefix, { max_tokens: 9, messages: [{ role: "user", content: "Hello?" }] }),
  );
  await consumed(provider, NOON, preWarm([block(1_000, "1h", "b")]));
  const [a, b, c] = provider.log.map(({ fingerprint }) => fingerprint);
  await provider.close();
  expect(b).toBe(a);
  expect(c).not.toBe(a);
});

it("is the same in every run, ids included, whatever order the requests of an instant arrive in", async () => {
  const run = async (order: readonly number[]) => {
    const provider = await startProvider({ latency: () => ({ firstByteMs: 500, totalMs: 900 }) });
    for (const at of [NOON, NOON + 1_000]) {
      await Promise.all(
        order.map((i) =>
          clientAt(provider, at).messages.create(preWarm([block(1_000, "5m", `prompt ${i % 3}`)])),
        ),
      );
    }
    await provider.close();
    const key = ({ at, requestId }: { at: number; requestId: string }) => `${at} ${requestId}`;
    return provider.log.toSorted((a, b) => key(a).localeCompare(key(b)));
  };
  expect(await run([5, 1, 3, 0, 4, 2])).toEqual(await run([0, 1, 2, 3, 4, 5]));
});

it.each([
  { intervals: [], most: 0 },
  { intervals: [[0, 0]], most: 0 },
  { intervals: [[0, 10]], most: 1 },
  {
    intervals: [
      [0, 10],
      [10, 10],
    ],
    most: 1,
  },
  {
    intervals: [
      [0, 10],
      [9, 10],
    ],
    most: 2,
  },
  {
    intervals: [
      [5, 1],
      [0, 10],
      [5, 0],
      [5, 1],
    ],
    most: 3,
  },
] as { intervals: [number, number][]; most: number }[])(
  "has $most in flight at most: $intervals",
  ({ intervals, most }) => {
    expect(mostInFlight(intervals.map(([at, inFlightMs]) => ({ at, inFlightMs })))).toBe(most);
  },
);

it("has as many in flight as the busiest instant at which one starts", () => {
  const interval = fc.record({
    at: fc.integer({ min: 0, max: 20 }),
    inFlightMs: fc.integer({ min: 0, max: 10 }),
  });
  fc.assert(
    fc.property(fc.array(interval), (log) => {
      const runningAt = (t: number) =>
        log.filter(({ at, inFlightMs }) => at <= t && t < at + inFlightMs).length;
      expect(mostInFlight(log)).toBe(Math.max(0, ...log.map(({ at }) => runningAt(at))));
    }),
  );
});
