import type { KnownEventStore } from "../../../lib/app/ports.ts";
import type { KnownEvent } from "../../../lib/core/known-event.ts";

/** Known events in memory, by id. */
export class MemoryKnownEvents implements KnownEventStore {
  readonly stored = new Map<string, KnownEvent>();

  async put(event: KnownEvent): Promise<void> {
    this.stored.set(event.id, event);
  }

  async between(from: number, to: number): Promise<KnownEvent[]> {
    return [...this.stored.values()]
      .filter((event) => event.from <= to && event.to >= from)
      .sort((a, b) => (a.id < b.id ? -1 : 1));
  }
}
