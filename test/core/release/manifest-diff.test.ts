import { describe, expect, it } from "vitest";
import type { ManifestEntry } from "../../../lib/core/manifest.ts";
import { type RequestBody, sha256 } from "../../../lib/core/prefix.ts";
import {
  bodiesToCompare,
  diffManifests,
  type ManifestSide,
  newEntries,
} from "../../../lib/core/release/manifest-diff.ts";
import { anEntry, aRequest, prefixOf } from "../samples.ts";

const system = (text: string, ttl = "1h") => ({
  system: [{ type: "text", text, cache_control: { type: "ephemeral", ttl } }],
});

/** A manifest with these prompts. */
function aSide(prompts: Readonly<Record<string, RequestBody>>): ManifestSide {
  const bodies = new Map<string, RequestBody>();
  const entries = Object.entries(prompts).map(([name, fields]): ManifestEntry => {
    const { body, fingerprint, markers, ttl, model } = prefixOf(aRequest(fields));
    const bodyDigest = sha256(JSON.stringify(body));
    bodies.set(bodyDigest, body);
    return anEntry({ name, fingerprint, markers, ttl, model, bodyDigest });
  });
  return { entries, bodies };
}

describe("two manifests", () => {
  it("differ by the names of their prefixes: equal, changed, added, removed, each sorted", () => {
    const from = aSide({ gone: system("g"), z: system("z"), a: system("a"), triage: system("t1") });
    const to = aSide({
      z: system("z"),
      triage: system("t2"),
      c: system("c"),
      a: system("a"),
      b: system("b"),
    });
    expect(diffManifests(from, to)).toMatchObject({
      equal: ["a", "z"],
      changed: [{ name: "triage", diff: { first: { path: "system[0].text", byte: 1 } }, order: [] }],
      added: ["b", "c"],
      removed: ["gone"],
    });
  });

  it("call a prefix changed whose breakpoints differ alone", () => {
    const [from, to] = [aSide({ a: system("a", "5m") }), aSide({ a: system("a", "1h") })];
    expect(diffManifests(from, to).changed).toMatchObject([{ name: "a", diff: { onlyMarkers: true } }]);
  });

  it("are compared as far as the bodies are there", () => {
    const from = aSide({ a: system("a1"), b: system("b1") });
    const to = aSide({ a: system("a2"), b: system("b2") });
    const [digest = ""] = bodiesToCompare(from.entries, to.entries);
    const bodies = new Map([...from.bodies].filter(([other]) => other !== digest));
    expect(diffManifests({ ...from, bodies }, to).changed).toEqual([
      { name: "a", order: [] },
      { name: "b", diff: expect.anything(), order: [] },
    ]);
  });

  it("need the bodies of changed prefixes only", () => {
    const from = aSide({ same: system("s"), changed: system("1"), gone: system("g") });
    const to = aSide({ same: system("s"), changed: system("2"), added: system("a") });
    const changed = from.entries.find(({ name }) => name === "changed");
    expect(bodiesToCompare(from.entries, to.entries)).toEqual([changed?.bodyDigest]);
  });

  it("tell the same tools in another order as what they are", () => {
    const tools = [{ name: "a" }, { name: "b" }];
    const [from, to] = [aSide({ a: { tools } }), aSide({ a: { tools: tools.toReversed() } })];
    expect(diffManifests(from, to).changed).toMatchObject([
      { order: [{ path: "tools[0]", code: "tool_order" }] },
    ]);
  });
});

describe("new entries", () => {
  const names = (to: ManifestSide, from: ManifestSide) =>
    newEntries(to.entries, from.entries).map(({ name }) => name);

  it.each([
    ["whose text nobody serves", { a: system("new") }, ["a"]],
    ["none: the same prefix under another name is the same cache entry", { renamed: system("old") }, []],
    ["whose breakpoints differ", { a: system("old", "5m") }, ["a"]],
  ])("are those %s", (_what, to, found) => {
    expect(names(aSide(to), aSide({ a: system("old") }))).toEqual(found);
  });
});
