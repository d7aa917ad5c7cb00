import { Calendar } from "./calendar.ts";
import { Fleet } from "./fleet.ts";
import { Mixer } from "./mixer.ts";
import { Pulse } from "./pulse.ts";
import { TurnEffect } from "./turn-effect.ts";

/** What all prefixes together have taught, and what is known of all of them beforehand. */
export class Experience {
  readonly fleet = new Fleet();
  readonly pulse = new Pulse();
  readonly mixer = new Mixer(this.fleet, this.pulse);
  readonly turns = new TurnEffect();
  readonly calendar: Calendar;

  constructor(closedDays: readonly string[]) {
    this.calendar = new Calendar(closedDays);
  }

  /** End of a tick: only now does anybody see what it taught. */
  commit(minute: number): void {
    this.fleet.commit();
    this.mixer.commit();
    this.pulse.commit(minute);
    this.turns.commit();
  }

  /** What is remembered, for the store; between ticks. */
  tables(): Float32Array[] {
    return [...this.fleet.tables(), ...this.mixer.tables(), ...this.turns.tables()];
  }

  /** `tables` have been filled from the store. */
  restored(): void {
    this.fleet.restored();
  }
}
