import { MINUTE, SECOND } from "../../support/memory/world.ts";
import { type Happening, lasting, variant } from "./happening.ts";

/** The call at which runs die: between the lease and the settlement of a first wave. */
const dies = (drawn: number) => 5 + Math.floor((drawn - 0.7) * 50);

/** Faults of events, of runs and of their clocks. */
export const DELIVERY_FAULTS = {
  F7: lasting(
    (drawn) => `events are delivered twice ${variant(drawn, "at once", "in a row")}`,
    (day, drawn) => day.weather.add("twice", variant(drawn, "at once", "in a row")),
  ),
  F8: lasting(
    (drawn) => `events are delivered ${Math.round(30 + drawn * 300)} s late`,
    (day, drawn) => day.weather.add("deliveredLateMs", Math.round(30 + drawn * 300) * SECOND),
  ),
  F9: lasting(
    (drawn) =>
      drawn < 0.6
        ? "each call of a port takes up to 20 s"
        : "each call takes up to 20 s, and no lease is kept",
    (day, drawn) => {
      const ends = [day.weather.add("slowMs", 20 * SECOND)];
      const { control } = day.world;
      if (drawn >= 0.6) control.losesLease = true;
      return () => {
        control.losesLease = false;
        for (const end of ends) end();
      };
    },
  ),
  F10: lasting(
    (drawn) =>
      drawn < 0.7 ? "runs die while they wait for an answer" : `runs die at their ${dies(drawn)}th call`,
    (day, drawn) =>
      drawn < 0.7 ? day.weather.add("diesWaiting", true) : day.weather.add("diesAtTurn", dies(drawn)),
  ),
  F29: lasting(
    (drawn) => `clocks of runs are ${Math.round((drawn - 0.5) * 600)} s ahead`,
    (day, drawn) => day.weather.add("clockAheadMs", Math.round((drawn - 0.5) * 10 * MINUTE)),
  ),
  F41: lasting(
    () => "no tick is delivered",
    (day) => day.weather.add("noTicks", true),
  ),
} satisfies Record<string, Happening>;
