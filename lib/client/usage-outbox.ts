import { divideUses, minuteOf, toUsageItem, type UsageItem } from "../core/usage/usage-record.ts";
import { type After, inTime } from "./later.ts";
import type { Minute } from "./usage-buffer.ts";

/** Stores one item. Storing the same item again must leave one. A rejected promise means: try again later. */
export type UsageWriter = (item: UsageItem) => Promise<void>;

/** Rounds in which an item is tried, a minute between two of them, before it counts as lost. */
const MAX_ATTEMPTS = 10;

const WRITE_TIMEOUT_MS = 10_000;

/**
 * Items on their way to the table, oldest first. An item never changes once it is made, so that trying again cannot
 * count anything twice.
 */
export class UsageOutbox {
  readonly #writer: string;
  readonly #write: UsageWriter;
  readonly #after: After;
  readonly #maxItems: number;
  readonly #partition: string | undefined;
  readonly #items: { readonly item: UsageItem; readonly requests: number; attempts: number }[] = [];
  #parts = 0;
  #unreported = 0;
  #round: Promise<void> | undefined;
  readonly #counts = { lost: 0, written: 0, failedWrites: 0 };

  constructor(writer: string, write: UsageWriter, after: After, maxItems: number, partition?: string) {
    this.#writer = writer;
    this.#write = write;
    this.#after = after;
    this.#maxItems = maxItems;
    this.#partition = partition;
  }

  /** Requests that will be in no record; the next record says how many. */
  lose(requests: number): void {
    this.#unreported += requests;
    this.#counts.lost += requests;
  }

  /** Nothing waits, and nothing is to be reported. */
  get isEmpty(): boolean {
    return this.#items.length === 0 && this.#unreported === 0 && this.#round === undefined;
  }

  stats() {
    return { ...this.#counts, waiting: this.#items.length };
  }

  /** Makes items of minutes. With losses to report and no minute, the running one gets an item that says so. */
  put(minutes: readonly Minute[], now: number): void {
    const nothing = { minute: minuteOf(now), uses: [] };
    for (const { minute, uses } of minutes.length > 0 || this.#unreported === 0 ? minutes : [nothing]) {
      for (const prefixes of divideUses(uses)) {
        // First, so that this item tells of the loss.
        while (this.#items.length >= this.#maxItems) this.#giveUpOldest();
        const record = { minute, writer: this.#writer, part: this.#parts, lost: this.#unreported, prefixes };
        const requests = prefixes.reduce((sum, use) => sum + use.requests, 0);
        this.#items.push({ item: toUsageItem(record, this.#partition), requests, attempts: 0 });
        this.#parts += 1;
        this.#unreported = 0;
      }
    }
  }

  /** Writes what waits, oldest first, and stops at the first failure. Never rejects. */
  async send(): Promise<void> {
    // A round that is under way may have begun before the newest item was put.
    if (this.#round !== undefined) await this.#round;
    this.#round ??= this.#sendAll().finally(() => {
      this.#round = undefined;
    });
    await this.#round;
  }

  async #sendAll(): Promise<void> {
    for (let next = this.#items.shift(); next !== undefined; next = this.#items.shift()) {
      try {
        // A writer that never answers would end all recording. A late success is no harm: the item is the same.
        await inTime(this.#write(next.item), WRITE_TIMEOUT_MS, this.#after);
        this.#counts.written += 1;
      } catch {
        this.#counts.failedWrites += 1;
        next.attempts += 1;
        this.#items.unshift(next);
        if (next.attempts >= MAX_ATTEMPTS) this.#giveUpOldest();
        return;
      }
    }
  }

  /** What it had to report of others is reported again; it was counted before. */
  #giveUpOldest(): void {
    const dropped = this.#items.shift();
    if (dropped === undefined) return;
    this.lose(dropped.requests);
    this.#unreported += dropped.item.lost;
  }
}
