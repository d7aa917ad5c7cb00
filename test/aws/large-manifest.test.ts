import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { makeManifest } from "../../lib/core/manifest.ts";
import { sha256 } from "../../lib/core/prefix.ts";
import { World } from "../support/world.ts";

let world: World;
beforeAll(async () => {
  world = await World.deploy();
});
afterAll(() => world.stop());

/** Hashes do not compress: 10,000 entries are more than the 1 MB that one page of a query holds. */
const entries = Array.from({ length: 10_000 }, (_, i) => ({
  name: `prompt-${i}`,
  fingerprint: sha256(`fingerprint ${i}`),
  markers: sha256(`markers ${i}`),
  bodyDigest: sha256(`body ${i}`),
  model: "claude-sonnet-5-5",
  ttl: "1h" as const,
  bytes: 40_000 + i,
  required: true,
}));

describe("a manifest larger than a page", () => {
  it("is read back whole", async () => {
    const { manifests } = world.warmer.operator;
    const manifest = makeManifest("blue", "1", entries, world.engine.now());
    await manifests.publish(manifest, new Map());
    const header = await manifests.header("blue");
    expect(header).toMatchObject({ prefixes: 10_000, digest: manifest.digest });
    expect(header && (await manifests.entries(header))).toEqual(manifest.entries);
  });
});

describe("a body larger than an item", () => {
  it("is read back whole", async () => {
    const { manifests } = world.warmer.operator;
    // Hashes again, so that gzip leaves it larger than 400 KB.
    const text = Array.from({ length: 20_000 }, (_, i) => sha256(`word ${i}`)).join(" ");
    const body = { model: "claude-sonnet-5-5", system: [{ type: "text", text }] };
    const digest = sha256(JSON.stringify(body));
    await manifests.publish(makeManifest("green", "1", [], 0), new Map([[digest, body]]));
    expect(await manifests.bodies([digest])).toEqual(new Map([[digest, body]]));
  });
});
