import type { ManifestEntry, ManifestHeader } from "../core/manifest.ts";
import { bodiesToCompare, diffManifests, type ManifestDiff } from "../core/release/manifest-diff.ts";
import { ManifestDamaged } from "./errors.ts";
import type { ManifestStore } from "./ports.ts";
import type { PromptLint, Release } from "./release.ts";

/** What a color serves at this moment, as far as it can be read. */
export type Served =
  | {
      readonly kind: "served";
      readonly color: string;
      readonly header: ManifestHeader;
      readonly entries: readonly ManifestEntry[];
    }
  | { readonly kind: "none"; readonly color: string }
  | { readonly kind: "damaged"; readonly color: string; readonly message: string };

/** A new release against what a color serves. */
export type Comparison =
  | {
      readonly kind: "compared";
      readonly color: string;
      readonly release: string;
      readonly digest: string;
      readonly diff: ManifestDiff;
    }
  | Exclude<Served, { kind: "served" }>;

/** A damaged manifest is an answer and no error: publishing anew is what mends it. @throws StateUnreadable */
export async function readServed(manifests: ManifestStore, color: string): Promise<Served> {
  try {
    const header = await manifests.header(color);
    if (header === undefined) return { kind: "none", color };
    return { kind: "served", color, header, entries: await manifests.entries(header) };
  } catch (error) {
    if (error instanceof ManifestDamaged) return { kind: "damaged", color, message: error.message };
    throw error;
  }
}

/** Compares segment by segment; only bodies of changed prefixes are read. @throws StateUnreadable */
export async function compare(
  manifests: Pick<ManifestStore, "bodies">,
  served: Served,
  { manifest, bodies }: Pick<Release, "manifest" | "bodies">,
): Promise<Comparison> {
  if (served.kind !== "served") return served;
  const { color, header, entries } = served;
  const from = { entries, bodies: await manifests.bodies(bodiesToCompare(entries, manifest.entries)) };
  const diff = diffManifests(from, { entries: manifest.entries, bodies });
  return { kind: "compared", color, release: header.release, digest: header.digest, diff };
}

/** Prompts whose content stands in another order than before, each told once. */
export function orderLints(comparisons: readonly Comparison[]): PromptLint[] {
  const lints = comparisons.flatMap((comparison) =>
    comparison.kind === "compared"
      ? comparison.diff.changed.flatMap(({ name, order }) => order.map((lint) => ({ name, ...lint })))
      : [],
  );
  return lints.filter(
    (lint, i) =>
      lints.findIndex(
        ({ name, path, code }) => name === lint.name && path === lint.path && code === lint.code,
      ) === i,
  );
}
