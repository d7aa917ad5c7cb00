import { describe, expect, it } from "vitest";
import type { RequestBody } from "../../../lib/core/prefix.ts";
import {
  firstDifference,
  type GuardManifest,
  guardManifest,
  parseGuardManifest,
} from "../../../lib/core/release/guard-manifest.ts";
import { aRequest, prefixOf } from "../samples.ts";

const MARK = { type: "ephemeral" } as const;
const [first, second] = aRequest()["system"] as [object, object];
const [tool] = aRequest()["tools"] as [object];

const manifest = guardManifest([{ name: "support", prefix: prefixOf(aRequest()) }]);
const differenceOf = (fields: RequestBody, from: GuardManifest = manifest) =>
  firstDifference(from, prefixOf(aRequest(fields)));

describe("a guard manifest", () => {
  it("has a digest of 128 bits for each segment and each setting", () => {
    const [published] = manifest.prefixes;
    const digests = [
      ...(published?.segments ?? []).map(([, hash]) => hash),
      ...Object.values(published?.settings ?? {}),
    ];
    expect(digests).toHaveLength(5);
    for (const digest of digests) expect(digest).toMatch(/^[0-9a-f]{32}$/);
  });

  it("survives JSON, and holds nothing of the prompt", () => {
    const text = JSON.stringify(manifest);
    expect(parseGuardManifest(JSON.parse(text))).toEqual(manifest);
    for (const words of ["bicycle", "brief", "find_order", "adaptive"]) expect(text).not.toContain(words);
  });

  it.each([
    ["nothing", undefined, "guard manifest must be an object, got undefined"],
    ["a list", [], "guard manifest must be an object, got []"],
    ["a newer schema", { ...manifest, schema: 2 }, "schema must be 1, got 2"],
    ["no prefixes", { schema: 1 }, "prefixes must be a list, got undefined"],
    [
      "an empty list, which would guard nothing",
      { schema: 1, prefixes: [] },
      "prefixes must list at least one",
    ],
    [
      "a prefix without a name",
      { schema: 1, prefixes: [{ ...manifest.prefixes[0], name: "" }] },
      "prefixes[0].name",
    ],
    [
      "a setting that is no digest",
      { schema: 1, prefixes: [{ ...manifest.prefixes[0], settings: { a: 1 } }] },
      "prefixes[0].settings.a must be a text, got 1",
    ],
    [
      "no segments",
      { schema: 1, prefixes: [{ ...manifest.prefixes[0], segments: [] }] },
      "prefixes[0].segments must name at least one segment, got []",
    ],
    [
      "settings that are none",
      { schema: 1, prefixes: [{ ...manifest.prefixes[0], settings: null }] },
      "prefixes[0].settings must be an object, got null",
    ],
    [
      "segments that are no list",
      { schema: 1, prefixes: [{ ...manifest.prefixes[0], segments: {} }] },
      "prefixes[0].segments must be a list, got {}",
    ],
    [
      "a segment without a path",
      { schema: 1, prefixes: [{ ...manifest.prefixes[0], segments: [["", "h"]] }] },
      'prefixes[0].segments[0][0] must be a text, got ""',
    ],
    [
      "a segment that is no pair",
      { schema: 1, prefixes: [{ ...manifest.prefixes[0], segments: ["a"] }] },
      'prefixes[0].segments[0] must be a list, got "a"',
    ],
    [
      "half a segment",
      { schema: 1, prefixes: [{ ...manifest.prefixes[0], segments: [["a"]] }] },
      "prefixes[0].segments[0][1]",
    ],
  ])("that is %s is refused by the field, with what to do", (_what, value, message) => {
    expect(() => parseGuardManifest(value)).toThrow(message);
    expect(() => parseGuardManifest(value)).toThrow(/; export the guard manifest again$/);
  });
});

describe("the first difference", () => {
  it.each([
    ["a byte of a tool", { tools: [{ ...tool, description: "Finds." }] }, "tools[0]", 0],
    ["a tool less", { tools: [tool] }, "tools[1]", 1],
    [
      "a byte of the second system block",
      { system: [first, { ...second, text: "Be brief" }] },
      "system[1]",
      3,
    ],
    ["a system block less", { system: [{ ...first, cache_control: MARK }] }, "system[1]", 3],
    ["another model", { model: "claude-haiku-5" }, "model", 4],
    ["another setting", { thinking: { type: "disabled" } }, "thinking", 4],
    ["a setting more", { tool_choice: { type: "any" } }, "tool_choice", 4],
    ["a setting less", { thinking: undefined }, "thinking", 4],
    [
      "no breakpoint where the published prefix ends, but one after it",
      {
        system: [
          first,
          { type: "text", text: "Be brief." },
          { type: "text", text: "Name: Ann", cache_control: MARK },
        ],
      },
      "system[1].cache_control",
      4,
    ],
  ] as const)("is named for %s", (_what, fields, path, sharedSegments) => {
    expect(differenceOf(fields)).toEqual({ name: "support", path, sharedSegments });
  });

  it.each([
    ["the same bytes", {}],
    ["another question and limit", { messages: [{ role: "user", content: "Hm?" }], max_tokens: 7 }],
    ["another time to live", { system: [first, { ...second, cache_control: MARK }] }],
  ])("is none for %s", (_what, fields) => expect(differenceOf(fields)).toBeUndefined());

  it("is to the nearest published prefix", () => {
    const other = aRequest({ system: [{ type: "text", text: "You sell.", cache_control: MARK }] });
    const two = guardManifest([
      { name: "sales", prefix: prefixOf(other) },
      { name: "support", prefix: prefixOf(aRequest()) },
    ]);
    expect(differenceOf({ system: [first, { ...second, text: "!" }] }, two)?.name).toBe("support");
    expect(
      differenceOf({ system: [{ type: "text", text: "You sell!", cache_control: MARK }] }, two)?.name,
    ).toBe("sales");
  });

  it("is none to any of several published prefixes that is the same", () => {
    const other = aRequest({ system: [{ type: "text", text: "You sell.", cache_control: MARK }] });
    const two = guardManifest([
      { name: "sales", prefix: prefixOf(other) },
      { name: "support", prefix: prefixOf(aRequest()) },
    ]);
    expect(differenceOf({}, two)).toBeUndefined();
  });

  it("is to the one that shares most text, then the model, then the settings", () => {
    const nearest = (...published: readonly RequestBody[]) =>
      differenceOf(
        { tool_choice: { type: "any" } },
        guardManifest(
          published.map((fields, i) => ({ name: `p${i}`, prefix: prefixOf(aRequest({ ...fields })) })),
        ),
      );
    const model = "claude-haiku-5";
    const otherText = { system: [{ type: "text", text: "You sell.", cache_control: MARK }] };
    expect(nearest(otherText, { model })).toEqual({ name: "p1", path: "model", sharedSegments: 4 });
    expect(nearest({ model }, {})).toEqual({ name: "p1", path: "tool_choice", sharedSegments: 4 });
    expect(nearest({ model }, { model, tool_choice: { type: "any" } })?.name).toBe("p1");
    expect(nearest({}, { thinking: { type: "disabled" } })?.name).toBe("p0");
  });

  it("of two settings is the first by name", () => {
    expect(differenceOf({ thinking: { type: "disabled" }, container: "c" })?.path).toBe("container");
  });
});
