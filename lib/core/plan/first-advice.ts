import type { Ttl } from "../due.ts";
import { BINS } from "./bins.ts";
import { type Fleet, SIZES } from "./fleet.ts";
import { advantageOf1h, episodeValue } from "./horizon.ts";
import { fleetSurvival } from "./survival.ts";
import type { Tariff } from "./tariff.ts";

/** So many silences ahead a TTL is judged when its entry could live for ever. */
export const EPISODE = 1000;

/** Whether what a 1h write saves is worth its higher price. */
export function pays(value: number, tariff: Tariff): Ttl {
  return value >= tariff.write1h - tariff.write5m ? "1h" : "5m";
}

/** The TTL for a prefix that nobody has used yet: all that is known is what became of others. */
export class FirstAdvice {
  private readonly fleet: Fleet;
  private readonly lambda: number;
  private readonly curve = new Float64Array(BINS + 1);
  /** By tariff; thought over again after every tick. */
  private readonly known = new Map<string, Ttl>();

  constructor(fleet: Fleet, lambda: number) {
    this.fleet = fleet;
    this.lambda = lambda;
  }

  ttl(tariff: Tariff): Ttl {
    const key = `${tariff.read} ${tariff.write5m} ${tariff.write1h}`;
    const known = this.known.get(key);
    if (known !== undefined) return known;
    const ttl = pays(this.value(tariff), tariff);
    this.known.set(key, ttl);
    return ttl;
  }

  forget(): void {
    this.known.clear();
  }

  /** Walks through the size classes: a prefix must survive one to gain from the next. */
  private value(tariff: Tariff): number {
    let value = 0;
    for (let size = SIZES - 1; size >= 0; size--) {
      fleetSurvival(this.curve, size, this.fleet);
      const advantage = advantageOf1h(this.curve, tariff, this.lambda);
      const silences = 2 ** size;
      value =
        size === SIZES - 1
          ? episodeValue(advantage, EPISODE)
          : episodeValue(advantage, silences) + (1 - advantage.miss) ** silences * value;
    }
    return value;
  }
}
