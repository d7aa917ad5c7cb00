import { ManifestDamaged, StateUnreadable } from "../../../lib/app/errors.ts";
import type { ManifestStore, ManifestWriter } from "../../../lib/app/ports.ts";
import {
  type Manifest,
  type ManifestEntry,
  type ManifestHeader,
  manifestDigest,
} from "../../../lib/core/manifest.ts";
import type { RequestBody } from "../../../lib/core/prefix.ts";

/** Manifests and prompt bodies in memory. */
export class MemoryManifests implements ManifestStore, ManifestWriter {
  /** By color. A test may exchange one for a damaged one. */
  readonly stored = new Map<string, Manifest>();
  /** By digest. A body that does not match its digest is the same as one that is not there. */
  readonly bodyOf = new Map<string, RequestBody>();
  /** Whether the table fails to answer. */
  unavailable = false;

  async header(color: string): Promise<ManifestHeader | undefined> {
    this.#answer();
    const manifest = this.stored.get(color);
    if (manifest === undefined) return undefined;
    const { entries: _entries, ...header } = manifest;
    return header;
  }

  async entries({ color, digest }: ManifestHeader): Promise<ManifestEntry[]> {
    this.#answer();
    const entries = [...(this.stored.get(color)?.entries ?? [])];
    if (manifestDigest(entries) !== digest) {
      throw new ManifestDamaged(`the manifest of ${color} does not match its digest`);
    }
    return entries;
  }

  async bodies(digests: readonly string[]): Promise<Map<string, RequestBody>> {
    this.#answer();
    const found = digests.flatMap((digest) => {
      const body = this.bodyOf.get(digest);
      return body === undefined ? [] : [[digest, body] as const];
    });
    return new Map(found);
  }

  async publish(manifest: Manifest, bodies: ReadonlyMap<string, RequestBody>): Promise<void> {
    this.#answer();
    for (const [digest, body] of bodies) this.bodyOf.set(digest, body);
    this.stored.set(manifest.color, manifest);
  }

  #answer(): void {
    if (this.unavailable) throw new StateUnreadable("reading a manifest: TimeoutError");
  }
}
