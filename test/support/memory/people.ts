import type { IncidentStore, Notifier } from "../../../lib/app/ports.ts";
import type { Incident } from "../../../lib/core/incident.ts";

/** The alarm topic in memory: what people were told. */
export class MemoryNotifier implements Notifier {
  readonly heard: Parameters<Notifier["send"]>[0][] = [];
  /** Whether SNS fails to acknowledge; people may have heard all the same. */
  unacknowledged = false;

  async send(notice: Parameters<Notifier["send"]>[0]): Promise<boolean> {
    this.heard.push(notice);
    return !this.unacknowledged;
  }
}

/** Incidents in memory, by id. */
export class MemoryIncidents implements IncidentStore {
  readonly #items = new Map<string, Incident>();

  async get(id: string): Promise<Incident | undefined> {
    return this.#items.get(id);
  }

  async put(incident: Incident): Promise<void> {
    this.#items.set(incident.id, incident);
  }

  async list(limit: number): Promise<Incident[]> {
    return [...this.#items.values()].sort((a, b) => (a.id < b.id ? 1 : -1)).slice(0, limit);
  }
}
