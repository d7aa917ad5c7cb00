import { describe, expect, it } from "vitest";
import { minimumTokens, retiresOn } from "../../lib/core/models.ts";
import { PRICE_TABLE } from "../../lib/core/prices.ts";

describe("minimumTokens", () => {
  // Prompt caching guide, read 2026-09-26; model pages of the 5.5 models, read 2026-11-21.
  it.each([
    ["claude-opus-5-5", 512],
    ["claude-sonnet-5-5", 512],
    ["claude-haiku-5-5", 512],
    ["claude-opus-4-8", 1_024],
    ["claude-sonnet-4-5-20250929", 1_024],
    ["claude-opus-4-7", 2_048],
    ["claude-opus-4-6", 4_096],
    ["claude-haiku-4-5-20251001", 4_096],
  ])("of %s is %i", (model, tokens) => expect(minimumTokens(model)).toBe(tokens));

  it.each(["", "claude-opus", "claude-opus-9", "CLAUDE-OPUS-5-5", "constructor"])(
    "is not guessed for %j",
    (model) => expect(minimumTokens(model)).toBeUndefined(),
  );

  it("is known for every model that has a price", () => {
    const unknown = PRICE_TABLE.filter(({ model }) => minimumTokens(model) === undefined);
    expect(unknown.map(({ model }) => model)).toEqual([]);
  });
});

describe("the day from which a model may be retired", () => {
  // Model deprecations page, August 2026.
  it("of Opus 4.5 is 24 November 2026", () => expect(retiresOn("claude-opus-4-5")).toBe("2026-11-24"));

  it.each([
    ["claude-opus-4-5", "claude-opus-4-5-20251101"],
    ["claude-sonnet-4-5", "claude-sonnet-4-5-20250929"],
    ["claude-haiku-4-5", "claude-haiku-4-5-20251001"],
  ])("is known, and the same, by the names %s and %s", (name, dated) => {
    expect(retiresOn(name)).toMatch(/^\d{4}-\d{2}-\d{2}$/);
    expect(retiresOn(dated)).toBe(retiresOn(name));
  });

  it.each(["claude-opus-5-5", "", "constructor"])("is not known of %j", (model) =>
    expect(retiresOn(model)).toBeUndefined(),
  );
});
