import { chance } from "../support/memory/chance.ts";
import { MoneyAudit } from "../support/memory/money-audit.ts";
import { MemoryWorld, MINUTE, SECOND } from "../support/memory/world.ts";
import type { Day } from "./day.ts";
import { invariantOf } from "./invariants.ts";
import { promptOf } from "./releases.ts";

/** Another environment on the same key of the same provider: it has a ledger of its own, and no other fault. */
export class Neighbour {
  readonly #day: Day;
  readonly #world: MemoryWorld;
  #audit: MoneyAudit | undefined;

  private constructor(day: Day) {
    this.#day = day;
    const config = {
      ...day.config,
      environment: "staging",
      liveColorParameter: "/support/staging/live-color",
    };
    this.#world = new MemoryWorld({ seed: day.story.seed, config, beside: day.world });
  }

  /** Initialised and published. */
  static async beside(day: Day): Promise<Neighbour> {
    const neighbour = new Neighbour(day);
    const world = neighbour.#world;
    await world.init("blue");
    await world.publish("blue", "1", [promptOf("p0", "neighbour", "5m")]);
    neighbour.#audit = new MoneyAudit(world, day.limits);
    return neighbour;
  }

  async live(until: number): Promise<void> {
    const world = this.#world;
    const { seed } = this.#day.story;
    while (world.now < until) {
      await world.wait(
        MINUTE - (world.now % MINUTE) + Math.floor(chance(seed, 404, world.now) * 40 * SECOND),
      );
      await world.run(world.tickEvent());
    }
  }

  /** Two ledgers, each of which must hold for itself. */
  close(): void {
    for (const finding of this.#audit?.violations ?? []) {
      const [what = finding] = finding.split(" at ");
      this.#day.broke({ invariant: invariantOf(what), what: `beside: ${what}` });
    }
    const spent = [this.#world.control.control, this.#day.control].map(({ ledger }) => ledger.day.spent);
    if (Math.min(...spent) > 0) this.#day.effect("F44");
  }
}
