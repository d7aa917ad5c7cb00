import type { FillHistoryStore } from "../../../lib/app/ports.ts";
import { EMPTY_HISTORY, type FillHistory } from "../../../lib/core/fill-cost/fill-history.ts";
import {
  parseFillHistory,
  type ReadHistory,
  toFillHistoryItem,
} from "../../../lib/core/fill-cost/fill-history-item.ts";

/** The history in memory, as text, so that nobody shares an object with the store. */
export class MemoryHistory implements FillHistoryStore {
  /** The stored item as JSON. A test may damage it. */
  item: string | undefined;
  writes = 0;

  async read(): Promise<ReadHistory> {
    return this.#read();
  }

  async write(history: FillHistory): Promise<void> {
    this.writes += 1;
    this.item = JSON.stringify(toFillHistoryItem(history));
  }

  /** The history as it stands. */
  get history(): FillHistory {
    return this.#read().history;
  }

  /** Changes it from outside. */
  edit(change: (history: FillHistory) => FillHistory): void {
    this.item = JSON.stringify(toFillHistoryItem(change(this.history)));
  }

  #read(): ReadHistory {
    return this.item === undefined
      ? { history: EMPTY_HISTORY, problems: [] }
      : parseFillHistory(JSON.parse(this.item));
  }
}
