import { systemClock } from "./system-clock.ts";

/**
 * Write units a second of one partition key. DynamoDB takes 1,000 of a partition (developer guide, "warm throughput in
 * different scenarios", read 2026-11-29); that the items of a key with a local secondary index stay in one partition is
 * taken from their limit of 10 GB, and where it were not so, this is only slower than need be. The rest is room for
 * another writer of the key, and for what a unit is reckoned wrong.
 */
const UNITS_PER_SECOND = 800;

/** As much may go at once after a pause, so that a small write never waits. */
const AT_ONCE_MS = 200;

type Item = Record<string, unknown>;

/**
 * Keeps writes below what one partition key takes. What DynamoDB refuses is sent again, but each refusal costs a
 * request and a wait of unknown length, and after a few of them the SDK gives up: a flip of a large fleet would.
 */
export class WritePace {
  readonly #freeAt = new Map<string, number>();

  /** Waits until these items may be written together. */
  async turn(items: readonly Item[]): Promise<void> {
    const units = new Map<string, number>();
    for (const item of items) {
      const partition = String(item["pk"]);
      units.set(partition, (units.get(partition) ?? 0) + writeUnits(item));
    }
    const now = Date.now();
    const waits = [...units].map(([partition, count]) => this.#reserve(partition, count, now));
    const wait = Math.max(0, ...waits);
    if (wait > 0) await systemClock.sleep(wait);
  }

  #reserve(partition: string, units: number, now: number): number {
    const from = Math.max(this.#freeAt.get(partition) ?? 0, now - AT_ONCE_MS);
    this.#freeAt.set(partition, from + (units / UNITS_PER_SECOND) * 1_000);
    // Partitions that nobody has written for a while need no memory.
    if (this.#freeAt.size > 1_000) {
      for (const [known, freeAt] of this.#freeAt) if (freeAt < now) this.#freeAt.delete(known);
    }
    return from - now;
  }
}

/**
 * What a put is billed at most: a unit for each KB begun, once for the item, and twice more for an item that the index
 * by due time lists: its old entry is deleted, and the new one put (developer guide, local secondary indexes).
 */
export function writeUnits(item: Item): number {
  const bytes = Object.entries(item).reduce((sum, [name, value]) => sum + name.length + bytesOf(value), 0);
  const kilobytes = Math.max(1, Math.ceil(bytes / 1_024));
  return item["dueAt"] === undefined ? kilobytes : 3 * kilobytes;
}

function bytesOf(value: unknown): number {
  if (value instanceof Uint8Array) return value.length;
  return Buffer.byteLength(JSON.stringify(value) ?? "");
}
