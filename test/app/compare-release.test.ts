import { describe, expect, it } from "vitest";
import { type Comparison, compare, orderLints, readServed } from "../../lib/app/compare-release.ts";
import { StateUnreadable } from "../../lib/app/errors.ts";
import { type ManifestEntry, makeManifest } from "../../lib/core/manifest.ts";
import { type RequestBody, sha256 } from "../../lib/core/prefix.ts";
import type { Lint } from "../../lib/core/release/prompt-lints.ts";
import { anEntry, aRequest, NOON, prefixOf } from "../core/samples.ts";
import { MemoryManifests } from "../support/memory/manifests.ts";

/** A release of these requests by name, as it would be published under green. */
function releaseOf(requests: Readonly<Record<string, RequestBody>>) {
  const bodies = new Map<string, RequestBody>();
  const entries = Object.entries(requests).map(([name, request]): ManifestEntry => {
    const bodyDigest = sha256(JSON.stringify(request));
    bodies.set(bodyDigest, request);
    const { fingerprint } = prefixOf(request);
    return anEntry({ name, bodyDigest, fingerprint });
  });
  return { manifest: makeManifest("green", "1", entries, NOON), bodies };
}

async function serving(requests: Readonly<Record<string, RequestBody>>) {
  const manifests = new MemoryManifests();
  const { manifest, bodies } = releaseOf(requests);
  await manifests.publish(manifest, bodies);
  return { manifests, manifest };
}

const BEFORE = aRequest();
const [one, other] = BEFORE["tools"] as readonly [object, object];
const SHUFFLED = aRequest({ tools: [other, one] });

describe("what a color serves", () => {
  it("is its manifest, with each prefix", async () => {
    const { manifests, manifest } = await serving({ support: BEFORE });
    const { entries, ...header } = manifest;
    expect(await readServed(manifests, "green")).toEqual({ kind: "served", color: "green", header, entries });
  });

  it("is nothing where nothing was published", async () => {
    expect(await readServed(new MemoryManifests(), "blue")).toEqual({ kind: "none", color: "blue" });
  });

  it("is damaged where the manifest does not match its digest: publishing anew mends it", async () => {
    const { manifests, manifest } = await serving({ support: BEFORE });
    manifests.stored.set("green", { ...manifest, entries: [] });
    expect(await readServed(manifests, "green")).toEqual({
      kind: "damaged",
      color: "green",
      message: "the manifest of green does not match its digest",
    });
  });

  it("is unknown while the table does not answer", async () => {
    const { manifests } = await serving({ support: BEFORE });
    manifests.unavailable = true;
    await expect(readServed(manifests, "green")).rejects.toThrow(StateUnreadable);
  });
});

describe("a release against what is served", () => {
  it("is compared prefix by prefix, by what was published before", async () => {
    const { manifests, manifest } = await serving({
      support: BEFORE,
      gone: aRequest({ model: "claude-sonnet-5-5" }),
    });
    const next = releaseOf({ support: SHUFFLED, triage: aRequest({ model: "claude-sonnet-5-5" }) });
    const compared = await compare(manifests, await readServed(manifests, "green"), next);
    expect(compared).toMatchObject({
      kind: "compared",
      color: "green",
      release: "1",
      digest: manifest.digest,
      diff: { equal: [], changed: [{ name: "support" }], added: ["triage"], removed: ["gone"] },
    });
    expect(orderLints([compared])).toMatchObject([{ name: "support", path: "tools[0]", code: "tool_order" }]);
  });

  it("is read for what changed alone", async () => {
    const { manifests } = await serving({ support: BEFORE, triage: aRequest({ max_tokens: 5 }) });
    const asked: string[] = [];
    const bodies = (digests: readonly string[]) => {
      asked.push(...digests);
      return manifests.bodies(digests);
    };
    const served = await readServed(manifests, "green");
    await compare({ bodies }, served, releaseOf({ support: SHUFFLED, triage: aRequest({ max_tokens: 5 }) }));
    expect(asked).toEqual([sha256(JSON.stringify(BEFORE))]);
  });

  it.each<Comparison>([
    { kind: "none", color: "blue" },
    { kind: "damaged", color: "blue", message: "no digest" },
  ])("is not compared with a color of which there is $kind", async (served) => {
    if (served.kind === "compared") throw new Error("nothing to compare with");
    expect(await compare(new MemoryManifests(), served, releaseOf({ support: BEFORE }))).toBe(served);
  });
});

describe("content in another order", () => {
  const lint = (path: string, code: Lint["code"]): Lint => ({ path, code, message: "sort them" });
  const comparedWith = (color: string, name: string, ...order: readonly Lint[]): Comparison => ({
    kind: "compared",
    color,
    release: "1",
    digest: "d",
    diff: { equal: [], changed: [{ name, order }], added: [], removed: [] },
  });

  it("is told once, however many colors it is compared with", () => {
    const tools = lint("tools[0]", "tool_order");
    const told = orderLints([
      comparedWith("blue", "support", tools),
      { kind: "none", color: "canary" },
      comparedWith("green", "support", tools),
    ]);
    expect(told).toEqual([{ name: "support", ...tools }]);
  });

  it("is told for each prompt, place and kind by itself", () => {
    const lints = [
      lint("tools[0]", "tool_order"),
      lint("tools[1]", "tool_order"),
      lint("tools[0]", "key_order"),
    ];
    const told = orderLints([
      comparedWith("blue", "support", ...lints),
      comparedWith("blue", "triage", ...lints),
    ]);
    expect(told.map(({ name, path, code }) => `${name} ${path} ${code}`)).toEqual([
      "support tools[0] tool_order",
      "support tools[1] tool_order",
      "support tools[0] key_order",
      "triage tools[0] tool_order",
      "triage tools[1] tool_order",
      "triage tools[0] key_order",
    ]);
  });
});
