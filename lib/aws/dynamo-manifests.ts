import { gunzipSync, gzipSync } from "node:zlib";
import { GetCommand, PutCommand } from "@aws-sdk/lib-dynamodb";
import { ManifestDamaged, StateUnreadable } from "../app/errors.ts";
import type { ManifestStore, ManifestWriter } from "../app/ports.ts";
import { type Manifest, type ManifestEntry, type ManifestHeader, manifestDigest } from "../core/manifest.ts";
import { type RequestBody, sha256 } from "../core/prefix.ts";
import { STATE_SCHEMA } from "../core/state-kinds.ts";
import { queryAll, readInBatches, writeInBatches } from "./batches.ts";
import { BodyCache } from "./body-cache.ts";
import { groupBy } from "./group-by.ts";
import { systemClock } from "./system-clock.ts";
import { checkSchema, keyOf, reading, type Table } from "./table.ts";
import { WritePace } from "./write-pace.ts";

/** A DynamoDB item may have 400 KB; the rest is room for keys and attribute names. */
const CHUNK_BYTES = 380 * 1024;

/**
 * Manifests and prompt bodies. A manifest is a header item and chunks of gzipped entries under its digest;
 * a body is chunks of gzip under its own digest. The header is written last and alone names the digest, so a
 * reader sees the old release or the new one.
 */
export class DynamoManifests implements ManifestStore, ManifestWriter {
  readonly #table: Table;
  readonly #bodies = new BodyCache(systemClock);
  readonly #pace = new WritePace();

  constructor(table: Table) {
    this.#table = table;
  }

  async header(color: string): Promise<ManifestHeader | undefined> {
    const { Item: item } = await reading("reading a manifest", () =>
      this.#table.client.send(
        new GetCommand({
          TableName: this.#table.name,
          Key: { pk: this.#manifestKey(color), sk: "header" },
          ConsistentRead: true,
        }),
      ),
    );
    if (item === undefined) return undefined;
    checkSchema(`the manifest of ${color}`, item["schema"]);
    const header = item["header"] as Partial<ManifestHeader> | undefined;
    if (
      typeof header?.digest !== "string" ||
      !Number.isInteger(header.prefixes) ||
      !Number.isInteger(header.required)
    ) {
      throw new ManifestDamaged(`the header of ${color}'s manifest is damaged; publish the release again`);
    }
    return header as ManifestHeader;
  }

  async entries(header: ManifestHeader): Promise<ManifestEntry[]> {
    const items = await reading("reading a manifest", () =>
      queryAll(this.#table, {
        KeyConditionExpression: "pk = :pk AND begins_with(sk, :digest)",
        ExpressionAttributeValues: { ":pk": this.#manifestKey(header.color), ":digest": header.digest },
      }),
    );
    const entries = unpack(items.map((item) => item["data"])) as ManifestEntry[] | undefined;
    if (!Array.isArray(entries) || manifestDigest(entries) !== header.digest) {
      throw new ManifestDamaged(
        `the manifest of ${header.color} does not match its digest; publish the release again`,
      );
    }
    return entries;
  }

  async bodies(digests: readonly string[]): Promise<Map<string, RequestBody>> {
    const missing = digests.filter((digest) => !this.#bodies.has(digest));
    if (missing.length > 0) await this.#load(missing);
    const found = new Map(
      digests.flatMap((digest) => {
        const body = this.#bodies.use(digest);
        return body === undefined ? [] : [[digest, body] as const];
      }),
    );
    this.#bodies.tidy();
    return found;
  }

  async publish(manifest: Manifest, bodies: ReadonlyMap<string, RequestBody>): Promise<void> {
    const { entries, ...header } = manifest;
    const bodyItems = [...bodies].flatMap(([digest, body]) => chunkItems(this.#bodyKey(digest), "", body));
    const entryItems = chunkItems(this.#manifestKey(manifest.color), `${manifest.digest}#`, entries);
    // Apart: no statement of a policy lets one request write two kinds of items.
    await reading("writing prompt bodies", () => writeInBatches(this.#table, bodyItems, this.#pace));
    await reading("writing a manifest", () => writeInBatches(this.#table, entryItems, this.#pace));
    const head = { pk: this.#manifestKey(manifest.color), sk: "header", schema: STATE_SCHEMA, header };
    await reading("writing a manifest's header", () =>
      this.#table.client.send(new PutCommand({ TableName: this.#table.name, Item: head })),
    );
  }

  /**
   * A body never changes, so it is read without consistency first, at half the price. What is missing or does not match
   * its digest may have been published, or mended, a moment ago: it is read again, consistently.
   */
  async #load(digests: readonly string[]): Promise<void> {
    const left = await this.#read(digests, false);
    if (left.length > 0) await this.#read(left, true);
  }

  /** First chunks in one batch; only a body of several chunks costs another request. @returns what was not found whole */
  async #read(digests: readonly string[], isConsistent: boolean): Promise<string[]> {
    const get = (keys: readonly Record<string, unknown>[]) =>
      reading("reading prompt bodies", () => readInBatches(this.#table, keys, isConsistent));
    const firsts = await get(digests.map((digest) => ({ pk: this.#bodyKey(digest), sk: chunkKey("", 0) })));
    const more = firsts.flatMap(({ pk, chunks }) =>
      Array.from({ length: Number(chunks) - 1 }, (_, i) => ({ pk, sk: chunkKey("", i + 1) })),
    );
    const rest = more.length === 0 ? [] : await get(more);
    const chunks = groupBy([...firsts, ...rest], (item) => item["pk"]);
    return digests.filter((digest) => {
      const parts = (chunks.get(this.#bodyKey(digest)) ?? []).sort((a, b) =>
        String(a["sk"]) < String(b["sk"]) ? -1 : 1,
      );
      const body = unpack(parts.map((item) => item["data"]));
      const text = body === undefined ? "" : JSON.stringify(body);
      if (body === undefined || sha256(text) !== digest) return true;
      this.#bodies.put(digest, body as RequestBody, text.length);
      return false;
    });
  }

  #manifestKey(color: string): string {
    return `${keyOf(this.#table, "manifest")}#${color}`;
  }

  #bodyKey(digest: string): string {
    return `${keyOf(this.#table, "body")}#${digest}`;
  }
}

function chunkKey(prefix: string, index: number): string {
  return `${prefix}${String(index).padStart(4, "0")}`;
}

function chunkItems(pk: string, prefix: string, value: unknown): Record<string, unknown>[] {
  const data = gzipSync(JSON.stringify(value));
  const chunks = Math.max(1, Math.ceil(data.length / CHUNK_BYTES));
  return Array.from({ length: chunks }, (_, i) => ({
    pk,
    sk: chunkKey(prefix, i),
    schema: STATE_SCHEMA,
    chunks,
    data: data.subarray(i * CHUNK_BYTES, (i + 1) * CHUNK_BYTES),
  }));
}

/** `undefined` for what cannot be put together again; the caller compares digests in any case. */
function unpack(parts: readonly unknown[]): unknown {
  try {
    const data = Buffer.concat(parts.map((part) => Buffer.from(part as Uint8Array)));
    return JSON.parse(gunzipSync(data).toString("utf8"));
  } catch (error) {
    if (error instanceof StateUnreadable) throw error;
    return undefined;
  }
}
