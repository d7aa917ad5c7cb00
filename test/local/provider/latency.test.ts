import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { latencyBySize } from "../../../lib/local/provider/latency.ts";
import { block, clientAt, NOON, preWarm, startProvider } from "./harness.ts";

const touch = (promptTokens: number, cachedTokens = 0) =>
  latencyBySize({ promptTokens, cachedTokens, outputTokens: 0 });

describe("latency by size", () => {
  it.each([
    ["a small warm read", 2_000, 2_000, 508],
    ["a small cold write", 2_000, 0, 581],
    ["a warm read of 67 000 tokens", 67_000, 67_000, 751],
    ["a cold write of 67 000 tokens", 67_000, 0, 1_819],
    ["a large warm read", 1_000_000, 1_000_000, 2_063],
    ["a large cold write", 1_000_000, 0, 2_858],
  ])("gives %s its time", (_what, promptTokens, cachedTokens, ms) => {
    const { firstByteMs, totalMs } = touch(promptTokens, cachedTokens);
    expect(Math.round(firstByteMs)).toBe(ms);
    expect(totalMs).toBe(firstByteMs);
  });

  const tokens = fc.integer({ min: 1, max: 2_000_000 });

  it("stays from 0.5 to 3 s before the output begins", () => {
    fc.assert(
      fc.property(tokens, fc.nat(), (prompt, cached) => {
        const { firstByteMs } = touch(prompt, cached % (prompt + 1));
        expect(firstByteMs).toBeGreaterThan(500);
        expect(firstByteMs).toBeLessThan(3_000);
      }),
    );
  });

  it("is shorter for each token that is read instead of written, and longer for each token more", () => {
    fc.assert(
      fc.property(tokens, fc.nat(), (prompt, any) => {
        const cached = any % prompt;
        expect(touch(prompt, cached + 1).firstByteMs).toBeLessThan(touch(prompt, cached).firstByteMs);
        expect(touch(prompt + 1, cached).firstByteMs).toBeGreaterThan(touch(prompt, cached).firstByteMs);
      }),
    );
  });

  it("adds each output token after the first byte", () => {
    const { firstByteMs, totalMs } = latencyBySize({ promptTokens: 1, cachedTokens: 0, outputTokens: 100 });
    expect(totalMs - firstByteMs).toBeCloseTo(1_400);
  });

  it("is what a provider that was given it makes its clients wait, to the millisecond", async () => {
    const provider = await startProvider({ latency: latencyBySize });
    const waited = async (at: number) => {
      const call = clientAt(provider, at).messages.create(preWarm([block(1_992, "1h")]));
      return (await call.asResponse()).headers.get("x-virtual-latency-ms");
    };
    expect(await waited(NOON)).toBe("581");
    // Not readable before its first byte, readable from then on.
    expect(await waited(NOON + 580)).toBe("581");
    expect(await waited(NOON + 581)).toBe("509");
    await provider.close();
  });
});
