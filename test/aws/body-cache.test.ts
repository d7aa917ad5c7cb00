import { beforeEach, describe, expect, it } from "vitest";
import { BodyCache } from "../../lib/aws/body-cache.ts";

const HOUR = 3_600_000;
const BODY = { model: "claude-sonnet-5-5" };

describe("bodies between the runs of an instance", () => {
  let now: number;
  let cache: BodyCache;
  beforeEach(() => {
    now = 0;
    cache = new BodyCache({ now: () => now }, 100);
  });
  const put = (digest: string, length: number) => cache.put(digest, BODY, length);
  const kept = () => ["a", "b", "c"].filter((digest) => cache.has(digest));

  it("are kept up to the bound, and beyond it those go that were used longest ago", () => {
    put("a", 50);
    put("b", 50);
    cache.tidy();
    expect(kept()).toEqual(["a", "b"]);
    cache.use("a");
    put("c", 1);
    cache.tidy();
    expect(kept()).toEqual(["a", "c"]);
  });

  it.each([
    [2 * HOUR - 1, ["a", "b"]],
    [2 * HOUR, ["b"]],
  ])("are let go when nobody used them for two hours: after %i ms %j are kept", (after, left) => {
    put("a", 1);
    now = 1;
    put("b", 1);
    now = after;
    cache.tidy();
    expect(kept()).toEqual(left);
  });

  it("that are used every hour stay", () => {
    put("a", 1);
    for (let hour = 1; hour <= 24; hour++) {
      now = hour * HOUR;
      expect(cache.use("a")).toBe(BODY);
      cache.tidy();
    }
    expect(kept()).toEqual(["a"]);
  });

  it("that are put twice count once", () => {
    for (let i = 0; i < 10; i++) put("a", 60);
    put("b", 40);
    cache.tidy();
    expect(kept()).toEqual(["a", "b"]);
  });

  it("that nobody has put are not there", () => {
    expect(cache.use("c")).toBeUndefined();
    expect(kept()).toEqual([]);
  });
});
