import { describe, expect, it } from "vitest";
import type { RequestBody } from "../../lib/core/prefix.ts";
import { checkPrompt, type PromptCheck } from "../../lib/core/prompt-check.ts";
import { readPromptFile } from "../../lib/core/prompt-file.ts";
import { aRequest, NOON, prefixOf } from "./samples.ts";

const check = (fields: RequestBody = {}, requestsPerHour = 2) =>
  checkPrompt(readPromptFile(JSON.stringify(aRequest(fields))), requestsPerHour, NOON);

/** A system prompt that makes the body `bytes` long, about four of which are a token. */
function ofBytes(bytes: number, fields: RequestBody = {}): RequestBody {
  const system = (text: string) => ({
    ...fields,
    system: [{ type: "text", text, cache_control: { type: "ephemeral", ttl: "1h" } }],
  });
  const empty = JSON.stringify(prefixOf(aRequest(system(""))).body).length;
  return system("x".repeat(bytes - empty));
}

function cacheable(result: PromptCheck) {
  if (result.kind !== "cacheable") throw new Error(`${result.path} ${result.message}`);
  return result;
}

describe("a prompt file that can be cached", () => {
  it("is told with its fingerprint, its breakpoints, its size and what it costs each way", () => {
    const fields = ofBytes(40_000);
    expect(cacheable(check(fields))).toMatchObject({
      model: "claude-opus-5-5",
      fingerprint: prefixOf(aRequest(fields)).fingerprint,
      breakpoints: [{ path: "system[0]", ttl: "1h" }],
      bytes: 40_000,
      estimate: { tokens: 10_000, least: 8_000, most: 16_000 },
    });
    expect(cacheable(check(fields)).costs.map(({ way }) => way)).toHaveLength(4);
    expect(cacheable(check(fields))).not.toHaveProperty("warning");
  });

  it("costs what its own settings cost: fast mode is twice the price", () => {
    const perDay = (fields: RequestBody) =>
      cacheable(check(ofBytes(40_000, { model: "claude-opus-5", ...fields }))).costs[3]?.perDay ?? 0;
    // Both are 40,000 bytes long, settings included, so the tokens are the same.
    expect(Math.abs(perDay({ speed: "fast" }) - 2 * perDay({}))).toBeLessThanOrEqual(1);
  });

  // Opus 5.5 caches 512 tokens and more: a body of 2,560 bytes may have as few as 512.
  it.each([
    [2_560, false],
    [2_555, true],
    [1_280, true],
  ])("of %i bytes carries a warning if it may be too small: %s", (bytes, warned) => {
    expect(cacheable(check(ofBytes(bytes))).warning !== undefined).toBe(warned);
  });
});

describe("a prompt file that is refused", () => {
  it.each([
    ["an unknown model", { model: "claude-opus-9" }, "model", '"claude-opus-9"'],
    ["a model without a price for its speed", { speed: "fast" }, "model", "speed"],
    ["no breakpoint", { system: "You help." }, "system", "breakpoint"],
    ["a size below the model's minimum", {}, "(root)", "caches nothing below 512"],
  ])("has %s and is told so", (_what, fields, path, message) => {
    expect(check(fields)).toMatchObject({
      kind: "refused",
      path: expect.stringContaining(path),
      message: expect.stringContaining(message),
    });
  });

  // 2.5 bytes a token at most: 1,277 bytes are 511 tokens, 1,278 may be 512.
  it("is below the minimum by every estimate, to the byte", () => {
    expect(check(ofBytes(1_277)).kind).toBe("refused");
    expect(check(ofBytes(1_278)).kind).toBe("cacheable");
  });

  it("cannot be touched without a side effect", () => {
    const fields = ofBytes(40_000, {
      tools: [{ type: "web_search_20260209", name: "web_search" }],
      tool_choice: { type: "any" },
    });
    expect(check(fields)).toMatchObject({
      kind: "refused",
      message: expect.stringContaining("cannot be warmed"),
    });
  });

  it("is not JSON", () => {
    expect(checkPrompt(readPromptFile(""), 2, NOON)).toMatchObject({ kind: "refused", path: "(root)" });
  });
});
