import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { INVARIANTS } from "./invariants.ts";
import { PLANTED_BUGS } from "./planted-bugs.ts";
import { Thread } from "./pool.ts";

describe("planted bugs", () => {
  let thread: Thread;
  beforeAll(async () => {
    thread = await Thread.start();
  });
  afterAll(() => thread.end());

  it.each(PLANTED_BUGS)("$breaks sees that $name", async (bug) => {
    expect(await thread.catches(bug)).toBeDefined();
  });

  it("are at least twenty, and each invariant is broken by one", () => {
    expect(PLANTED_BUGS.length).toBeGreaterThanOrEqual(20);
    expect(new Set(PLANTED_BUGS.map(({ breaks }) => breaks))).toEqual(new Set(Object.keys(INVARIANTS)));
    expect(new Set(PLANTED_BUGS.map(({ name }) => name)).size).toBe(PLANTED_BUGS.length);
  });
});
