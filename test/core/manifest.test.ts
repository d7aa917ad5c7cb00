import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type ManifestEntry, makeManifest, manifestDigest } from "../../lib/core/manifest.ts";
import { anEntry, NOON } from "./samples.ts";

const entries = [
  anEntry({ name: "triage", required: false }),
  anEntry({ name: "support" }),
  anEntry({ name: "Billing" }),
];

describe("makeManifest", () => {
  const manifest = makeManifest("green", "r42", entries, NOON);

  it("says what one release of one color serves", () => {
    expect(manifest).toMatchObject({
      color: "green",
      release: "r42",
      publishedAt: NOON,
      prefixes: 3,
      required: 2,
    });
    expect(manifest.digest).toBe(manifestDigest(manifest.entries));
  });

  it("sorts its entries by name, the same on every machine", () => {
    expect(manifest.entries.map(({ name }) => name)).toEqual(["Billing", "support", "triage"]);
  });

  it("does not mind the order on a command line", () => {
    fc.assert(
      fc.property(fc.shuffledSubarray(entries, { minLength: 3 }), (shuffled) => {
        expect(makeManifest("green", "r42", shuffled, NOON)).toEqual(manifest);
      }),
    );
  });

  it("leaves the list that it was given as it was", () => {
    const given = [...entries];
    makeManifest("green", "r42", given, NOON);
    expect(given).toEqual(entries);
  });

  it("of no prefix is empty and has a digest of its own", () => {
    const empty = makeManifest("green", "r42", [], NOON);
    expect(empty).toMatchObject({ prefixes: 0, required: 0, entries: [] });
    expect(empty.digest).not.toBe(manifest.digest);
  });
});

describe("manifestDigest", () => {
  const entry = anEntry();
  const digest = manifestDigest([entry]);

  it.each([
    { name: "support-2" },
    { fingerprint: "f" },
    { markers: "m" },
    { bodyDigest: "b" },
    { model: "claude-opus-5-5" },
    { ttl: "1h" },
    { required: false },
  ] satisfies Partial<ManifestEntry>[])("changes with %j", (fields) => {
    expect(manifestDigest([{ ...entry, ...fields }])).not.toBe(digest);
  });

  it("does not change with a count, which is an estimate made later", () => {
    expect(manifestDigest([{ ...entry, countedTokens: 10_000 }])).toBe(digest);
  });

  it("does not depend on the order of an entry's fields, which a table may change", () => {
    const shuffled = Object.fromEntries(Object.entries(entry).toReversed()) as unknown as ManifestEntry;
    expect(manifestDigest([shuffled])).toBe(digest);
  });

  it("tells two entries from one, and their order apart", () => {
    const [a, b] = [anEntry({ name: "a" }), anEntry({ name: "b" })];
    expect(new Set([[a], [b], [a, b], [b, a], []].map(manifestDigest)).size).toBe(5);
  });

  it("is the same for another color, release and time: equal digests serve equal prefixes", () => {
    const blue = makeManifest("blue", "r1", entries, NOON);
    const green = makeManifest("green", "r2", entries, NOON + 1);
    expect(green.digest).toBe(blue.digest);
  });
});
