import type { Day } from "./day.ts";

/** The warm function as EventBridge and Lambda run it, and whatever else a story does not end without. */
export class Runs {
  readonly #day: Day;
  readonly #inFlight = new Set<Promise<void>>();

  constructor(day: Day) {
    this.#day = day;
  }

  /** Hands an event over: late, or twice, or as it should be. */
  deliver(event: unknown): void {
    this.waitFor(this.#deliver(event));
  }

  /** Something that the story does not end without. */
  waitFor(work: Promise<void>): void {
    const settled = work.catch((error: unknown) => {
      this.#day.broke({ invariant: "I4", what: `a run threw ${error}` });
    });
    this.#inFlight.add(settled);
    void settled.then(() => this.#inFlight.delete(settled));
  }

  /** Something that goes on by itself, and that nothing waits for. */
  goesOn(work: Promise<void> | void): void {
    void Promise.resolve(work).catch((error: unknown) => {
      this.#day.broke({ invariant: "I4", what: `something threw ${error}` });
    });
  }

  /** Until nothing is at work that was waited for. */
  async quiet(): Promise<void> {
    while (this.#inFlight.size > 0) await Promise.all(this.#inFlight);
  }

  async #deliver(event: unknown): Promise<void> {
    const { weather } = this.#day;
    const lateMs = weather.get("deliveredLateMs");
    if (lateMs !== undefined) await this.#day.wait(lateMs);
    const twice = weather.get("twice");
    if (twice === "at once") await Promise.all([this.#run(event), this.#run(event)]);
    else {
      await this.#run(event);
      if (twice !== undefined) await this.#run(event);
    }
  }

  async #run(event: unknown): Promise<void> {
    const day = this.#day;
    const { weather, world, bug } = day;
    const id = day.id("run");
    const skewMs = weather.get("clockAheadMs") ?? 0;
    const diesAtTurn = weather.get("diesAtTurn");
    day.watcher.started(id, skewMs);
    const ended = await world.run(event, {
      id,
      skewMs,
      slowMs: weather.get("slowMs") ?? 0,
      ...(diesAtTurn !== undefined && { diesAtTurn }),
    });
    if (ended === "killed") {
      day.watcher.killed(id);
      day.alarms.publish("errors of warm", 1, day.now);
      return;
    }
    const report = bug?.report?.(ended) ?? ended;
    if (!report.healthy) day.alarms.publish("errors of warm", 1, day.now);
    day.watcher.ended(id, report);
  }
}
