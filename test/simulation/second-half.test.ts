import { beforeAll, describe, expect, it } from "vitest";
import type { Tally } from "./batch.ts";
import { HALF, HALF_TAKES_AT_MOST, LEAST, playHalf, toldOf, tooSeldom } from "./holding.ts";

describe(`the second ${HALF} stories`, () => {
  let tally: Tally;
  beforeAll(async () => {
    tally = await playHalf(1);
  }, HALF_TAKES_AT_MOST);

  it("break no invariant", async () => {
    expect(await toldOf(tally)).toBe("");
  });

  it(`had each fault take effect at least ${LEAST} times`, () => {
    expect(tooSeldom(tally)).toEqual([]);
  });
});
